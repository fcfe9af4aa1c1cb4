import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createStatusBoard, type StatusBoard } from '../../../../alerting/feed/status-board.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';

const minute = 60_000;

describe('the status board', () => {
  let now: number;
  let bus: MemoryBus;
  let board: StatusBoard;
  let stopping: AbortController;
  beforeEach(() => {
    now = 1_000_000_000;
    bus = createMemoryBus({ clock: () => now });
    stopping = new AbortController();
    board = createStatusBoard({ bus, signal: stopping.signal, onFailure: (reason) => expect.unreachable(reason) });
  });
  afterEach(() => stopping.abort());

  const say = (key: string, status: object = { pid: 1 }) =>
    bus.append('status', [{ key, value: JSON.stringify(status), at: 1 }]);
  const shown = () => board.list().map(({ process, gone, silentMs }) => [process, gone, silentMs / minute]);

  it('shows who fell silent as gone, by the clock of the log, and leaves it out when nobody will ever come back', async () => {
    await say('collector/web-1');
    await say('analyzer/web-1-17');
    await say('analyzer/ruleset/0', { part: 'analyzer', ruleSet: 'x' });
    await expect.poll(shown).toHaveLength(3);
    // An outage: nobody says anything, and so nobody is gone.
    now += 30 * minute;
    expect(shown()).toEqual([
      ['collector/web-1', false, 0],
      ['analyzer/web-1-17', false, 0],
      ['analyzer/ruleset/0', false, 0],
    ]);
    await say('analyzer/web-1-18');
    await expect.poll(shown).toEqual([
      ['collector/web-1', true, 30],
      ['analyzer/web-1-17', true, 30],
      ['analyzer/ruleset/0', false, 30],
      ['analyzer/web-1-18', false, 0],
    ]);
    now += 31 * minute;
    await say('analyzer/web-1-18');
    await expect.poll(shown).toEqual([
      ['collector/web-1', true, 61],
      ['analyzer/ruleset/0', false, 61],
      ['analyzer/web-1-18', false, 0],
    ]);
    await say('collector/web-1');
    await expect.poll(shown).toContainEqual(['collector/web-1', false, 0]);
  });

  const of = (key: string) => board.list().filter(({ process }) => process.startsWith(key));
  const sayAll = (count: number, keyOf: (n: number) => string) =>
    bus.append(
      'status',
      Array.from({ length: count }, (_, n) => ({ key: keyOf(n), value: '{"pid":1}', at: 1 })),
    );

  it('keeps what stands still, however many processes speak after it', async () => {
    await say('standstill/sink/siem/0@1', { part: 'standstill' });
    await sayAll(2_500, (n) => `collector/web-${n}`);
    await expect.poll(() => of('collector/web-2499')).toHaveLength(1);
    expect(of('standstill/')).toHaveLength(1);
    // The longest silent are left out of the others.
    expect(of('collector/')).toHaveLength(2_000);
    expect(of('collector/web-0')).toEqual([]);
    await bus.append('status', [{ key: 'standstill/sink/siem/0@1', value: null, at: 1 }]);
    await expect.poll(() => of('standstill/')).toEqual([]);
  });

  it('takes no more words of standstills than there can be, and puts out none of them', async () => {
    await sayAll(1_500, (n) => `standstill/sink/s${n}/0@1`);
    await say('standstill/sink/s0/0@1', { pid: 2 });
    await say('collector/last');
    await expect.poll(() => of('collector/last')).toHaveLength(1);
    expect(of('standstill/')).toHaveLength(1_000);
    expect(of('standstill/sink/s0/')[0]?.status).toEqual({ pid: 2 });
  });
});
