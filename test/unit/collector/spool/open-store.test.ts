import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSpoolStore } from '../../../../collector/spool/open-store.ts';
import { decodeObservation } from '../../../../shared/observation.ts';
import type { Happening } from '../../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../../shared/telemetry/telemetry.ts';

let directory: string;
let happenings: Happening[];
const now = 5;
const path = () => join(directory, 'spool.db');
const open = () =>
  openSpoolStore({
    path: path(),
    bytes: 100_000_000,
    now: () => now,
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
  expect(readdirSync(directory)).toContain('spool.db.damaged');
  expect(happenings).toMatchObject([{ name: 'spoolDamaged', aside: `${path()}.damaged` }]);
});

const told = (id: string) => ({
  key: 'H',
  at: 1,
  value: JSON.stringify({ id, kind: 'daemon', at: 1, event: { action: 'x' }, host: { id: 'H', name: 'h' } }),
});

it('a file that is damaged while it is used is replaced, and a gap leads what is put next', () => {
  const store = open();
  // More than SQLite keeps in memory.
  const large = { key: 'H', value: 'x'.repeat(500_000), at: 1 };
  for (let n = 0; n < 100; n += 1) store.put('observations', [large], { at: 2, latest: false });
  damage();
  expect(() => store.waiting('observations')).toThrow(/malformed/);
  store.put('observations', [told('b')], { at: 3, latest: false });
  const [gap, kept] = store.waiting('observations').map(({ value }) => decodeObservation(value, 'test'));
  expect(gap).toMatchObject({
    kind: 'gap',
    host: { id: 'H' },
    gap: { reason: 'spool-damaged', from: 2, to: 5, lost: 100 },
  });
  expect(kept).toMatchObject({ id: 'b' });
  expect(happenings).toMatchObject([{ name: 'spoolDamaged' }]);
  store.close();
});

it('numbers go on behind those of the damaged file: what was on its way removes nothing new', () => {
  const store = open();
  const large = { key: 'H', value: 'x'.repeat(500_000), at: 1 };
  let onItsWay = 0;
  for (let n = 0; n < 100; n += 1) onItsWay = store.put('observations', [large], { at: 2, latest: false }).upTo;
  damage();
  expect(() => store.waiting('observations')).toThrow(/malformed/);
  store.put('observations', [told('b')], { at: 3, latest: false });
  expect(store.remove(onItsWay)).toBe(0);
  expect(store.size().records).toBe(2);
  store.close();
});

it('a damaged file that cannot be replaced keeps nobody waiting, and is replaced when it can be', () => {
  const store = open();
  const large = { key: 'H', value: 'x'.repeat(500_000), at: 1 };
  for (let n = 0; n < 100; n += 1) store.put('observations', [large], { at: 2, latest: false });
  damage();
  // Where the damaged file would go to is a directory that is in use.
  mkdirSync(`${path()}.damaged/in-use`, { recursive: true });
  for (let n = 0; n < 3; n += 1) expect(() => store.waiting('observations')).toThrow();
  expect(store.size()).toEqual({ records: 0, bytes: 0 });
  rmSync(`${path()}.damaged`, { recursive: true });
  store.put('observations', [told('b')], { at: 3, latest: false });
  const [gap] = store.waiting('observations').map(({ value }) => decodeObservation(value, 'test'));
  expect(gap).toMatchObject({ gap: { reason: 'spool-damaged', lost: 100 } });
  store.close();
});

it('takes into memory what fits, not what waits', () => {
  const store = open();
  const large = { key: 'H', value: 'x'.repeat(800_000), at: 1 };
  for (let n = 0; n < 100; n += 1) store.put('observations', [large], { at: 2, latest: false });
  const before = process.memoryUsage().rss;
  const head = store.head({ records: 1_000, bytes: 900_000 });
  expect(head?.records).toHaveLength(1);
  expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
  store.close();
});

it('a record that no broker takes is a gap in its place, also when there is no room; refused itself, the gap goes', () => {
  const store = openSpoolStore({ path: path(), bytes: 500, now: () => now, telemetry: noTelemetry });
  const { upTo } = store.put('observations', [told('a')], { at: 2, latest: false });
  store.put('observations', [told('b')], { at: 2, latest: false });
  store.refuse(upTo);
  const kinds = () => store.waiting('observations').map(({ value }) => decodeObservation(value, 'test').kind);
  expect(kinds()).toEqual(['gap', 'daemon']);
  store.refuse(upTo);
  expect(kinds()).toEqual(['daemon']);
  expect(store.size().records).toBe(1);
  store.close();
});

it('is open to its owner alone', () => {
  const before = process.umask(0);
  const store = open();
  process.umask(before);
  store.put('observations', [told('a')], { at: 2, latest: false });
  for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  store.close();
});

/** Writes over everything behind the first page, in the file and in what was not moved there yet. */
function damage(): void {
  for (const [suffix, from] of [
    ['', 4_096],
    ['-wal', 32 + 24 + 4_096],
  ] as const) {
    const file = openSync(path() + suffix, 'r+');
    const length = Math.max(0, statSync(path() + suffix).size - from);
    writeSync(file, Buffer.alloc(length, 0xab), 0, length, from);
    closeSync(file);
  }
}

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
  expect(counted.records).toBe(3);
  expect(again.oldest()).toBe(1);
  again.close();
});
