import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkSpool } from '../../../../cli/doctor/spool.ts';
import { openSpoolStore } from '../../../../collector/spool/open-store.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

let directory: string;
const path = () => join(directory, 'spool.db');
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-doctor-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('says nothing where there is no spool, and what waits where there is one, while it is used', () => {
  expect(checkSpool(path(), 0)).toEqual([]);
  const store = openSpoolStore({ path: path(), bytes: 1e9, now: () => 0, telemetry: noTelemetry });
  expect(checkSpool(path(), 0)).toMatchObject([{ status: 'ok', about: 'spool' }]);
  store.put('observations', [{ key: 'H', value: 'x'.repeat(1_048_576), at: 1 }], { at: 60_000, latest: false });
  const [found] = checkSpool(path(), 360_000);
  expect(found).toMatchObject({
    status: 'warn',
    text: '1 records (1.0 MB) wait for the brokers, the oldest for 5 min',
  });
  store.close();
});

it('changes nothing of what it looks into, used or not', () => {
  // SQLite leaves an empty write-ahead log and its index behind a reader.
  const contents = () =>
    readdirSync(directory)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => [name, readFileSync(join(directory, name), 'latin1')])
      .filter(([, bytes]) => bytes !== '');
  const store = openSpoolStore({ path: path(), bytes: 1e9, now: () => 0, telemetry: noTelemetry });
  store.put('observations', [{ key: 'H', value: 'x', at: 1 }], { at: 60_000, latest: false });
  const used = contents();
  expect(checkSpool(path(), 0)).toMatchObject([{ status: 'warn' }]);
  expect(contents().join('|') === used.join('|')).toBe(true);
  store.close();
  const unused = contents();
  expect(checkSpool(path(), 0)).toMatchObject([
    { status: 'warn', text: expect.stringContaining('1 records') as unknown },
  ]);
  expect(contents().join('|') === unused.join('|')).toBe(true);
});

it('is no failure where the file cannot be read', () => {
  writeFileSync(path(), 'no database at all, but long enough to be looked at as one '.repeat(100));
  expect(checkSpool(path(), 0)).toMatchObject([{ status: 'warn', about: 'spool' }]);
});
