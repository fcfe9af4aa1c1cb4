import { describe, expect, it } from 'vitest';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import { answersOf, decided, finding, record, rule, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

const found = (id: string, logged: number, more: Parameters<typeof finding>[1]): BusRecord =>
  record(told(finding(id, { at: logged, ...more })), logged);
const blind = (id: string, row: string, logged = minute): BusRecord =>
  found(id, logged, { in: null, rule: { ...rule(`rule-${row}`).rule, catalogue: [row] } });
const forget = (logged: number): BusRecord => decided({ type: 'forget-host' }, logged, { reason: 'scrapped' });

describe('a host that was taken away', () => {
  it('is missed no more: its word is withdrawn and what only says that it is not seen is closed', async () => {
    const commits = await run([[blind('f1', 'MON-01'), blind('f2', 'MON-03')], [forget(3 * minute)]]);
    expect(updatesOf(commits).at(-1)).toMatchObject({
      change: 'closed',
      incident: { status: 'closed', closedBy: 'sam', closeReason: 'scrapped', closedAt: 3 * minute },
    });
    expect(commits.flatMap(({ outputs }) => outputs.filter(({ topic }) => topic === 'status'))).toEqual([
      { topic: 'status', record: { key: 'collector/h1', value: null, at: 3 * minute } },
    ]);
    expect(answersOf(commits)).toMatchObject([
      {
        result: 'applied',
        text: 'lab1 is not missed any more, until its collector speaks again; 1 incident about not seeing it closed',
        made: { actor: { name: 'sam' }, reason: 'scrapped', order: { type: 'forget-host' } },
      },
    ]);
  });

  it('keeps what was found on it: also what was found besides a blindness, or about Moorwatch itself', async () => {
    for (const other of [[blind('f2', 'MON-02')], [blind('f2', 'ESC-03')]]) {
      const commits = await run([
        [blind('f1', 'MON-01'), ...other, found('f3', minute, { in: 'web' })],
        [forget(2 * minute)],
      ]);
      expect(updatesOf(commits).map(({ change }) => change)).not.toContain('closed');
      expect(answersOf(commits)[0]?.text).toBe(
        'lab1 is not missed any more, until its collector speaks again; 2 incidents of it still open',
      );
    }
  });

  it('leaves other hosts of its partition alone, and is told anew when it falls silent once more', async () => {
    const other = { id: 'h2', name: 'lab2' };
    const theirs = found('f9', minute, { in: null, host: other, rule: { ...rule('r').rule, catalogue: ['MON-01'] } });
    const commits = await run([
      [blind('f1', 'MON-01'), theirs],
      [forget(2 * minute)],
      [blind('f4', 'MON-01', 10 * minute)],
    ]);
    const last = new Map(updatesOf(commits).map(({ incident }) => [incident.host.id, incident.status]));
    expect(Object.fromEntries(last)).toEqual({ h1: 'open', h2: 'open' });
  });
});
