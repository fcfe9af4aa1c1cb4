import { describe, expect, it } from 'vitest';
import { decideQuantity } from '../../../../../analyzer/baselines/quantities/decide.ts';
import { describeBaselines } from '../../../../../shared/baseline-view.ts';
import type { Order } from '../../../../../shared/decision.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { decided } from '../../../../support/analyzer/decisions.ts';
import { exec, host } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings } from '../../../../support/analyzer/play.ts';
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

  it('is low where that hour was told in another workload, so that one night of work is medium once an hour', () => {
    const play = visited();
    const all = Array.from({ length: 30 }, (_, nth) =>
      [0, 1, 2].flatMap((later) => told(play, `fresh${nth}`, night + later * hourMs + nth * 60_000)),
    ).flat();
    expect(all).toHaveLength(90);
    const ofMedium = all.filter(({ severity }) => severity === 'medium');
    expect(ofMedium.map(({ observation }) => observation['deviation.key'])).toEqual([
      'Thu 03:00 UTC',
      'Thu 04:00 UTC',
      'Thu 05:00 UTC',
    ]);
    expect(new Set(all.map(({ severity }) => severity))).toEqual(new Set(['medium', 'low']));
    expect(all.at(-1)?.summary).toBe(
      'fresh29 had an interactive exec on Thu 05:00 UTC, an hour in which no workload of its host had one but what was told already',
    );
  });

  it('is medium again where what was told is a week ago', () => {
    const play = visited();
    expect(told(play, 'w1', night)).toMatchObject([{ severity: 'medium' }]);
    expect(told(play, 'w2', night + 7 * dayMs)).toMatchObject([{ severity: 'medium' }]);
  });

  it('is normal once somebody approves it, in all that are judged by it', () => {
    const play = visited();
    told(play, 'w1', night);
    told(play, 'w2', night);
    const order = { type: 'approve', workload: 'w1', feature, key: 'Thu 03:00 UTC' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: night }, order)).toEqual({
      result: 'applied',
      text: `${feature} (Thu 03:00 UTC): normal for w1 from now on, and no longer unusual for ${view(play, 'host')?.workload.name}`,
    });
    play.batch([]);
    play.restart();
    expect(told(play, 'w1', night + dayMs)).toEqual([]);
    expect(told(play, 'never seen', night + dayMs)).toEqual([]);
    // What it was told of itself is its own.
    expect(view(play, 'w2')?.items.find(({ text }) => text === 'Thu 03:00 UTC')).toMatchObject({ as: 'novel' });
    expect(told(play, 'never seen', night + 12 * hourMs)).toHaveLength(0);
    expect(told(play, 'never seen', night + 20 * hourMs)).toHaveLength(1);
  });

  it('is known once where it was learned of one workload and is approved of another', () => {
    const play = visited();
    told(play, 'w1', night);
    for (let day = 1; day <= 9; day += 1) told(play, 'other', night + day * dayMs);
    const order = { type: 'approve', workload: 'w1', feature, key: 'Thu 03:00 UTC' } as const;
    const named = () => view(play, 'host')?.items.filter(({ text }) => text === 'Thu 03:00 UTC');
    expect(
      named()
        ?.map(({ as }) => as)
        .sort(),
    ).toEqual(['learned', 'novel']);
    expect(decideQuantity(play.store(), { host: host.id, now: night }, order).result).toBe('applied');
    play.batch([]);
    expect(named()).toMatchObject([{ as: 'learned', count: 2 }]);
  });

  it('is told as any other of a workload that is enforced and has no range yet', () => {
    const play = visited();
    const order = { type: 'mode', workload: 'w1', feature, mode: 'enforce' } as const;
    expect(decideQuantity(play.store(), { host: host.id, now: night }, order).text).toContain(
      'no range to enforce yet',
    );
    const [finding, ...more] = told(play, 'w1', night);
    expect(more).toEqual([]);
    expect(finding?.severity).toBe('medium');
    expect(finding?.summary).not.toContain('enforced');
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

  it('is judged by what nobody can enforce, as all go on teaching it', () => {
    const play = createPlay();
    play.batch([visit('w1', monday)]);
    for (const named of [{ feature }, {}]) {
      const to = (mode: 'enforce' | 'learn') => ({ type: 'mode', workload: 'host', mode, ...named }) as Order;
      const [answer] = play.batch([decided(to('enforce'), monday + 1)]);
      expect(answer).toMatchObject({
        result: 'refused',
        text: 'what all workloads of a host are judged by cannot be enforced, as each of them teaches it: enforce the workloads',
      });
      expect(play.batch([decided(to('learn'), monday + 2)])).toMatchObject([{ result: 'applied' }]);
    }
    expect(describeBaselines(play.state).filter(({ mode }) => mode === 'enforce')).toEqual([]);
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
