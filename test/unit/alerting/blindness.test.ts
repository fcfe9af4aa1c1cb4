import { describe, expect, it } from 'vitest';
import { blindness } from '../../../alerting/blindness.ts';
import type { ProcessStatus } from '../../../alerting/feed/status-board.ts';

const word = (process: string, status: ProcessStatus['status'], gone = false): ProcessStatus => ({
  process,
  at: 1,
  silentMs: gone ? 200_000 : 0,
  gone,
  status,
});
const collector = (host: string, more: object = {}, gone = false) =>
  word(`collector/${host}`, { part: 'collector', pid: 1, connected: true, ...more }, gone);
const analyzer = (gone = false) => word('analyzer/a', { part: 'analyzer', pid: 2 }, gone);
const seen = (...processes: readonly ProcessStatus[]) => blindness({ processes, logSilentMs: 0, stuckSinks: [] });

describe('a heartbeat vouches for', () => {
  it('hosts that are watched, events that are judged, and sinks that deliver', () => {
    expect(seen(collector('a'), collector('b'), analyzer())).toBeUndefined();
    // Of an analyzer that was replaced: another one goes on.
    expect(seen(collector('a'), analyzer(true), analyzer())).toBeUndefined();
  });

  it.each<[string, readonly ProcessStatus[]]>([
    ['no collector has said anything', [analyzer()]],
    ['collector/b says nothing any more', [collector('a'), collector('b', {}, true), analyzer()]],
    ['collector/b has no engine', [collector('a'), collector('b', { connected: false }), analyzer()]],
    ['no analyzer says anything', [collector('a')]],
    ['no analyzer says anything', [collector('a'), analyzer(true)]],
    ['no analyzer says anything', [collector('a'), word('analyzer/0', { part: 'analyzer', ruleSet: 'x' })]],
  ])('nothing when %s', (reason, processes) => {
    expect(seen(...processes)).toBe(reason);
  });

  it('nothing when the log does not answer, or a sink has delivered nothing for long', () => {
    const processes = [collector('a'), analyzer()];
    expect(blindness({ processes, logSilentMs: 31_000, stuckSinks: [] })).toBe('the log has not answered for 31 s');
    expect(blindness({ processes, logSilentMs: 0, stuckSinks: ['siem'] })).toBe('the sink siem delivers nothing');
    const standing = ['partition 2 of observations is not analyzed'];
    expect(blindness({ processes, logSilentMs: 0, stuckSinks: [], standing })).toBe(standing[0]);
  });

  it('the others when a host was stopped in order', () => {
    const ended = collector('b', { connected: false, stopped: true }, true);
    expect(seen(collector('a'), ended, analyzer())).toBeUndefined();
    expect(seen(ended, analyzer())).toBe('no collector has said anything');
  });
});
