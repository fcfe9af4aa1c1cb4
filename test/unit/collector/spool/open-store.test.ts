import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSpoolStore } from '../../../../collector/spool/open-store.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

let directory: string;
let happenings: Happening[];
const path = () => join(directory, 'spool.db');
const open = () =>
  openSpoolStore({
    path: path(),
    bytes: 100_000_000,
    now: 5,
    telemetry: { ...noTelemetry, happened: (happening) => void happenings.push(happening) },
  });
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-spool-'));
  happenings = [];
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

it('a damaged file is moved aside and told, and a new one is begun', () => {
  writeFileSync(path(), 'no database at all, but long enough to be looked at as one '.repeat(100));
  const store = open();
  expect(store.size().records).toBe(0);
  store.close();
  expect(readdirSync(directory)).toContain('spool.db.damaged-5');
  expect(happenings).toMatchObject([{ name: 'spoolDamaged', aside: `${path()}.damaged-5` }]);
});

it('what else is wrong with it is an error', () => {
  rmSync(directory, { recursive: true });
  writeFileSync(directory, '');
  expect(open).toThrow(/cannot be opened/);
});

it('gives the disk back what it needed, once it is empty', () => {
  const store = open();
  const record = { key: 'H', value: 'x'.repeat(10_000), at: 1 };
  for (let n = 0; n < 500; n += 1) store.put('observations', [record], { at: 1, latest: false });
  const last = store.put('observations', [record], { at: 1, latest: false });
  const grown = statSync(path()).size + statSync(`${path()}-wal`).size;
  expect(grown).toBeGreaterThan(5_000_000);
  expect(store.remove(last.upTo)).toBe(501);
  expect(statSync(path()).size + statSync(`${path()}-wal`).size).toBeLessThan(200_000);
  store.close();
});

it('counts along what SQLite counts', () => {
  const store = open();
  const state = (key: string, value: string) => ({ key, value, at: 1, partition: 0 });
  store.put('observations', [{ key: 'H', value: 'ü', at: 1 }], { at: 1, latest: false });
  store.put('collector-state', [state('a', '1'), state('b', '1')], { at: 2, latest: true });
  store.put('collector-state', [state('a', 'longer'), state('b', '1')], { at: 3, latest: true });
  const counted = store.size();
  store.close();
  const again = open();
  expect(again.size()).toEqual(counted);
  expect(counted).toMatchObject({ records: 3, oldest: 1 });
  again.close();
});
