import { describe, expect, it } from 'vitest';
import { finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';

import { minute, run } from './run.ts';

const second = 1_000;
const of = (n: number, logged: number, more: Parameters<typeof finding>[1] = {}) =>
  record(told(finding(`f${n}`, { at: logged, ...more })), logged, n);
const chunked = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));

describe('a flood of findings', () => {
  it('of one kind, 10,000 of them, is one line with a count', async () => {
    const flood = Array.from({ length: 10_000 }, (_, n) => of(n, minute + n));
    const commits = await run([...chunked(flood, 500), [tick(minute + 30 * second)]]);
    const updates = updatesOf(commits);
    expect(updates.at(-1)?.incident).toMatchObject({ count: 10_000, more: 0, findings: [{ id: 'f0', count: 10_000 }] });
    expect(updates.map(({ incident }) => incident.count)).toEqual([500, 10_000]);
    expect(updates.map(({ lines }) => lines?.map(({ how }) => how))).toEqual([['new'], ['more']]);
  });

  it('of ten kinds on ten containers is ten incidents, few messages and a small state', async () => {
    const kinds = 10;
    const flood = Array.from({ length: 20_000 }, (_, n) => {
      const kind = n % kinds;
      return of(n, minute + n, { in: `c${kind}`, ...rule(`rule-${kind}`), summary: `kind ${kind}` });
    });
    const commits = await run([...chunked(flood, 500), [tick(minute + 60 * second)]]);
    const updates = updatesOf(commits);
    const newest = new Map(updates.map(({ incident }) => [incident.id, incident]));
    expect(newest.size).toBe(kinds);
    for (const incident of newest.values())
      expect(incident).toMatchObject({ count: 2_000, findings: [{ count: 2_000 }] });
    // 20 seconds of record time, told at most every 10 seconds and once after.
    expect(updates.length).toBeLessThanOrEqual(kinds * 4);
    const kept = new Map(commits.flatMap(({ state }) => state.map(({ key, value }) => [key, value?.length ?? 0])));
    expect(kept.size).toBeLessThanOrEqual(2 * kinds + 100);
    expect([...kept.values()].reduce((sum, length) => sum + length, 0)).toBeLessThan(200_000);
  });

  it('does not hold back what is new: another line, a graver finding', async () => {
    const commits = await run([
      [of(1, minute)],
      [of(2, minute + 1)],
      [of(3, minute + 2, { summary: 'another' })],
      [of(4, minute + 3), of(5, minute + 4, { severity: 'critical' })],
      [tick(minute + 20 * second)],
    ]);
    expect(updatesOf(commits).map(({ finding: id, incident }) => [id, incident.count])).toEqual([
      ['f1', 1],
      ['f3', 3],
      ['f5', 5],
    ]);
  });

  it('tells what waited when it is closed before', async () => {
    const commits = await run([[of(1, minute)], [of(2, minute + 1)], [tick(20 * minute)]], { quietMs: 5 * second });
    expect(updatesOf(commits).map(({ change, incident }) => [change, incident.count])).toEqual([
      ['opened', 1],
      ['closed', 2],
    ]);
  });
});
