import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../shared/baseline-view.ts';
import { profileText } from '../../../shared/profile/text.ts';
import { isUnstable, sightingsMissing } from '../../../shared/unstable.ts';
import { egress } from '../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../support/analyzer/play.ts';
import { ruleSet } from '../../support/analyzer/rules.ts';

const hour = 3_600_000;
const options = { ...quickBaselines, minimumObservations: 10, minimumHours: 1, newProbability: 0.3 };
/** Six minutes: as many sightings as are needed at least go into the least time. */
const slot = 6 * 60_000;

describe('a feature that keeps being new', () => {
  const play = createPlay({ rules: ruleSet([]), baselines: options });
  const call = (at: number, port: number) =>
    play.batch([egress('c1', at * slot, { ip: '192.0.2.1', port }, { age: 100 })]);
  const view = () => describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
  const told = (records: Parameters<typeof findings>[0]) => findings(records).filter(({ digest }) => digest !== true);

  it('is unstable after four times what learning takes, says why and what would end it, and tells nothing yet', () => {
    for (let at = 0; at < 39; at += 1) expect(told(call(at, at))).toEqual([]);
    expect(view()).toMatchObject({ state: 'learning', phases: { steady: { state: 'learning' } } });
    for (let at = 39; at < 43; at += 1) expect(told(call(at, at))).toEqual([]);
    expect(view()).toMatchObject({ state: 'unstable', phases: { steady: { state: 'unstable' } } });
    expect(view()?.phases.steady.since).toBeGreaterThanOrEqual(4 * hour);
    expect(view()?.phases.steady.missing).toEqual([
      'it keeps being new: after 43 sightings in 0.2 days the next one is new with up to 100 % (at most 30 % wanted)',
      'ends with 101 sightings or more without anything new, or when nothing new comes for long',
    ]);
    expect(view()?.items).toHaveLength(43);
    const shown = view();
    if (shown !== undefined) expect(profileText([shown])).toContain('# later: unstable, still learning since');
  });

  it('stays so over a restart, and is learned by itself once it is covered', () => {
    play.restart();
    const since = view()?.phases.steady.since;
    let at = 43;
    for (; view()?.state === 'unstable' && at < 400; at += 1) call(at, at % 5);
    expect(since).toBeLessThan(at * slot);
    expect(at).toBeGreaterThan(60);
    expect(view()).toMatchObject({ state: 'partial', phases: { steady: { state: 'steady', missing: [] } } });
    expect(told(call(at + 1, 9_999))).toHaveLength(1);
  });
});

describe('being unstable', () => {
  const needs = { observations: 50, hours: 24, newProbability: 0.05 };
  const progress = fc.record({
    sightings: fc.integer({ min: 0, max: 2_000 }),
    first: fc.constant(0),
    last: fc.integer({ min: 0, max: 500 * hour }),
    newProbability: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  it('is never so where the next one is unlikely enough to be new, or learning has not had its time', () => {
    fc.assert(
      fc.property(progress, (seen) => {
        const isSo = isUnstable(seen, needs);
        if (seen.newProbability <= 0.05 || seen.sightings < 240 || seen.last < 96 * hour) expect(isSo).toBe(false);
        else expect(isSo).toBe(true);
      }),
    );
  });

  it('ends with what is said to be missing', () => {
    fc.assert(
      fc.property(progress, (seen) => {
        fc.pre(isUnstable(seen, needs) && seen.newProbability < 1);
        const all = seen.sightings + sightingsMissing(seen, needs);
        expect((seen.sightings * seen.newProbability) / all).toBeLessThanOrEqual(0.05 + 1e-9);
      }),
    );
  });
});
