import { describe, expect, it } from 'vitest';
import { type Heard, hearing, hoursHeard } from '../../../../../analyzer/baselines/quantities/heard.ts';
import type { GapFacts, Observation } from '../../../../../shared/observation.ts';
import { heard, host } from '../../../../support/analyzer/observations.ts';

const hourMs = 3_600_000;
const start = 480_000;
const at = (hour: number): number => (start + hour) * hourMs;
const hear = (observations: readonly Observation[], before?: Heard): Heard | undefined =>
  observations.reduce((known, one) => hearing(known, one, one.at), before);
const hours = (known: Heard | undefined, from = 0, to = 1_000_000): number =>
  known === undefined ? 0 : hoursHeard(known, [from, Math.min(to, known.hour)]);
const blind = (from: number, to: number, scope: GapFacts['scope'] = ['events']): Observation => ({
  id: `gap ${from}`,
  kind: 'gap',
  at: to,
  event: { source: 'monitor', action: 'events-evicted' },
  host,
  gap: { from, to, reason: 'events-evicted', scope, text: '' },
});

describe('hours in which a host was heard', () => {
  it('are those with a heartbeat in each part, between two times', () => {
    const known = hear(heard(at(0), at(10) + 1));
    expect(hours(known)).toBe(10);
    expect(hours(known, start + 4, start + 7)).toBe(3);
    expect(hours(known, start + 8)).toBe(2);
  });

  it('are not those in which the collector was away, begun hours among them', () => {
    expect(hours(hear([...heard(at(0), at(3)), ...heard(at(5.5), at(8) + 1)]))).toBe(5);
    expect(hours(hear(heard(at(0.5), at(3) + 1)))).toBe(2);
  });

  it('are not those of a gap, also one that is told later; another sensor’s gap is none', () => {
    const known = hear(heard(at(0), at(10) + 1));
    expect(hours(hear([blind(at(2.5), at(3.5))], known))).toBe(8);
    expect(hours(hear([blind(at(2.5), at(3.5)), blind(at(3.5), at(4.5))], known))).toBe(7);
    expect(hours(hear([blind(at(2.5), at(3.5), ['connections', 'resources'])], known))).toBe(10);
  });

  it('are not those in which the engine was away or a sensor of it did not run', () => {
    for (const wrong of [{ engine: 'unavailable' }, { exec: 'failed' }, { lifecycle: 'unavailable' }, { images: '' }]) {
      const sensors = { engine: 'running', lifecycle: 'running', exec: 'running', images: 'running', ...wrong };
      expect(hours(hear([...heard(at(0), at(3)), ...heard(at(3), at(5), sensors), ...heard(at(5), at(8) + 1)]))).toBe(
        6,
      );
    }
  });

  it('are forgotten behind the sixty-fourth time without, and when the clock begins anew', () => {
    const days = Array.from({ length: 100 }, (_, day) => heard(at(day * 24), at(day * 24 + 10)));
    const known = hear(days.flat());
    expect(known?.unheard).toHaveLength(64);
    expect(hours(known)).toBe(64 * 10 + 9);
    expect(hours(hear(heard(at(0), at(2) + 1), known))).toBe(2);
  });

  it('change nothing that is kept more often than every ten minutes', () => {
    const [one, ...rest] = heard(at(0), at(1));
    const known = hear(one === undefined ? [] : [one]);
    expect(one && known && hearing(known, { ...one, at: one.at + 5_000 }, one.at + 5_000)).toBe(known);
    expect(hear(rest, known)).not.toBe(known);
    expect(known?.host).toEqual({ id: host.id, name: host.name });
  });
});
