import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { exec, host } from '../../../../support/analyzer/observations.ts';
import { findings } from '../../../../support/analyzer/play.ts';
import { createQuantityPlay, type QuantityPlay } from '../../../../support/analyzer/quantities.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const monday = Date.UTC(2026, 5, 1);
const feature = 'interactive-exec-hours';

/** Somebody at a terminal in a container of the workload. */
function visit(workload: string, at: number): Observation {
  const { exec: facts, ...rest } = exec(`c-${workload}`, at, ['sh']);
  return { ...rest, workload: { id: workload, name: workload }, ...(facts && { exec: { ...facts, tty: true } }) };
}
const told = (play: QuantityPlay, workload: string, at: number) =>
  findings(play.batch([visit(workload, at)])).filter(({ observation }) => observation['deviation.feature'] === feature);
const view = (play: QuantityPlay, workload: string) =>
  describeBaselines(play.state).find((one) => one.feature === feature && one.workload.id === workload);

/** In one of four workloads each day, between nine and five, for ten days: too seldom for any of them to be learned. */
function visited(): QuantityPlay {
  const play = createQuantityPlay();
  for (let day = 0; day < 10; day += 1)
    expect(told(play, `w${day % 4}`, monday + day * dayMs + (9 + ((day * 3) % 8)) * hourMs)).toEqual([]);
  return play;
}
const night = monday + 10 * dayMs + 3 * hourMs;

describe('a visit of a workload whose own hours are not learned', () => {
  it('is told at an hour that no workload of the host had, once, whatever restarts', () => {
    const play = visited();
    const [finding, ...more] = told(play, 'w1', night);
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'medium', observation: { 'deviation.key': 'Thu 03:00 UTC' } });
    expect(finding?.summary).toBe(
      'w1 had an interactive exec on Thu 03:00 UTC, an hour in which no workload of its host had one',
    );
    expect(finding?.observation['deviation.judged_by']).toBe(view(play, 'host')?.workload.name);
    play.restart();
    expect(told(play, 'w1', night + 60_000)).toEqual([]);
    expect(told(play, 'w1', night + 7 * dayMs)).toEqual([]);
  });

  it('is told although it is the first that the workload ever had', () => {
    const play = visited();
    expect(told(play, 'never seen', night)).toHaveLength(1);
  });

  it('is told in each workload that it comes to: that it was told in one makes it known in none', () => {
    const play = visited();
    expect(told(play, 'w1', night)).toHaveLength(1);
    expect(told(play, 'w2', night + 60_000)).toHaveLength(1);
  });

  it('is nothing new near to the hours of another workload', () => {
    expect(told(visited(), 'w1', monday + 10 * dayMs + 17 * hourMs)).toEqual([]);
  });

  it('is normal once somebody approves it, in that workload alone', () => {
    const play = visited();
    told(play, 'w1', night);
    const order = { type: 'approve', workload: 'w1', feature, key: 'Thu 03:00 UTC' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: night }, order).result).toBe('applied');
    expect(told(play, 'w2', night + dayMs)).toHaveLength(1);
    expect(told(play, 'w1', night + dayMs + hourMs)).toEqual([]);
  });

  it('is learned after all where it comes at other hours than elsewhere, after three findings', () => {
    const play = visited();
    const all = Array.from({ length: 20 }, (_, day) => told(play, 'other', night + day * dayMs));
    expect(all.flat()).toHaveLength(3);
    expect(view(play, 'other')).toMatchObject({ state: 'steady' });
    expect(told(play, 'other', night + 20 * dayMs + 12 * hourMs)).toHaveLength(1);
  });

  it('is judged by its own hours once they are learned', () => {
    const play = visited();
    for (let day = 10; day < 20; day += 1) told(play, 'w9', monday + day * dayMs + 10 * hourMs);
    expect(view(play, 'w9')).toMatchObject({ state: 'steady' });
    const [finding] = told(play, 'w9', monday + 20 * dayMs + 16 * hourMs);
    expect(finding?.summary).toContain('an hour in which it never had one');
  });

  it('teaches nothing while its lineage is in trouble', () => {
    const play = createQuantityPlay();
    for (let day = 0; day < 10; day += 1) {
      play.batch([visit('w1', monday + day * dayMs + 10 * hourMs)]);
      play.batch([visit('w2', monday + day * dayMs + 3 * hourMs)]);
      play.trouble(visit('w2', monday));
    }
    expect(view(play, 'host')?.items.filter(({ as, text }) => as === 'learned' && text.endsWith('03:00 UTC'))).toEqual(
      [],
    );
    expect(told(play, 'w3', night)).toHaveLength(1);
  });
});
