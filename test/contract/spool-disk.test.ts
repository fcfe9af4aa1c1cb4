import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSpoolStore } from '../../collector/spool/open-store.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';

/** A disk that nothing but the spool fills. Needs root. */
let disk: string;
beforeAll(() => {
  disk = mkdtempSync(join(tmpdir(), 'moorwatch-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40m,mode=0700', 'tmpfs', disk]);
});
afterAll(() => {
  execFileSync('umount', ['-l', disk]);
  rmSync(disk, { recursive: true, force: true });
});

it('a spool that filled its disk gives back every record, and takes new ones', () => {
  const store = openSpoolStore({
    path: join(disk, 'spool.db'),
    bytes: 1_000_000_000,
    now: Date.now,
    telemetry: noTelemetry,
  });
  const put = (n: number) =>
    store.put('observations', [{ key: 'H', value: `${n} ${'x'.repeat(5_000)}`, at: n }], { at: n, latest: false });
  let taken = 0;
  const fill = (): void => {
    for (;;) {
      put(taken);
      taken += 1;
    }
  };
  expect(fill).toThrow(/the disk of the spool is full: its last 16 MB are not used/);
  expect(taken).toBeGreaterThan(1_000);
  let given = 0;
  for (let head = store.head({ records: 100, bytes: 900_000 }); head !== undefined; ) {
    for (const { at } of head.records) {
      expect(at).toBe(given);
      given += 1;
    }
    store.remove(head.upTo);
    head = store.head({ records: 100, bytes: 900_000 });
  }
  expect(given).toBe(taken);
  put(taken);
  expect(store.size().records).toBe(1);
  store.close();
});
