import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../../../shared/finding.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { hostWorkload } from '../../../../shared/workload.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { asked, egress, engineEvent, host, program } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Moment, type Play, quickBaselines } from '../../../support/analyzer/play.ts';
import { listening } from '../../../support/analyzer/procfs-observations.ts';
import { reading } from '../../../support/analyzer/readings.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';

const hour = 3_600_000;
const day = 24 * hour;
const week = 7 * day;
const baselines = { ...quickBaselines, minimumHours: 1, newProbability: 0.5 };
const look = { age: 500 };

/** The nth thing of each of some features, none of which has to do with another. */
type Kind = (nth: number, at: number) => Observation;
const kinds: readonly Kind[] = [
  (nth, at) => egress('c1', at, { ip: `192.0.2.${nth + 1}`, port: 443, scope: 'public' }, look),
  (nth, at) => egress('c1', at, { ip: `10.9.0.${nth + 1}`, port: 443, scope: 'private' }, look),
  (nth, at) => listening('c1', at, { ip: '0.0.0.0', port: 8_000 + nth }, { executable: '/bin/a' }),
  (nth, at) => asked('c1', at, `${'abcdefghijklmnopqrstuvwxyz'[nth] ?? '-'}.example.com`),
];
/** Of a kind that the workload never varies in. */
const tool: Kind = (nth, at) => program('c1', at, { executable: `/opt/tool-${nth}`, user: 1_000 }, look);
const all = [...kinds, tool];

const known = 8 * week;
/** What it does all the time. */
const usual = (): readonly Observation[] =>
  Array.from({ length: 30 }, (_, nth) => all.map((kind, which) => kind(0, 1 + (nth * known) / 30 + which))).flat();
/** One of the kinds after the other shows something new each day. */
const noise = (days: number): readonly Observation[] =>
  Array.from({ length: days }, (_, nth) =>
    kinds[nth % kinds.length]?.(1 + Math.floor(nth / kinds.length), at(nth)),
  ).filter((one) => one !== undefined);
const at = (days: number): number => known + days * day;

const stage = (): Play => createPlay({ rules: ruleSet([]), baselines });
const told = (play: Play, moments: readonly Moment[]): readonly Finding[] =>
  findings(play.batch(moments)).filter(({ digest }) => digest !== true);
const count = (found: readonly Finding[], severity: Finding['severity']): number =>
  found.filter((one) => one.severity === severity).length;
const stateOf = ({ state }: Play): unknown =>
  Object.fromEntries([...state].map(([key, text]) => [key, JSON.parse(text)]));
const noiseKeys = ({ state }: Play): readonly string[] => [...state.keys()].filter((key) => key.includes('/noise/'));

function noisyFor(days: number, play = stage()): { readonly play: Play; readonly found: readonly Finding[] } {
  expect(told(play, usual())).toEqual([]);
  return { play, found: told(play, noise(days)) };
}

describe('a workload of which many features show something new now and then', () => {
  it('tells it as medium for a week, and then, once three of four weeks are evidence, as low: it comes every day', () => {
    const { found } = noisyFor(26);
    expect(found).toHaveLength(26);
    // Of the tenth, the first three were told more than a week before: (3 + ½) in the 22 days before the week are more than one a week.
    expect(found.map(({ severity }) => severity)).toEqual([
      ...Array<string>(9).fill('medium'),
      ...Array<string>(17).fill('low'),
    ]);
    // Its features would have called nearly all of these medium, too.
    const rest = found.slice(9).map(({ observation }) => observation);
    expect(rest.filter((one) => Number(one['deviation.expected_per_week']) <= 1).length).toBeGreaterThan(9);
    for (const one of rest.slice(0, 9)) expect(Number(one['deviation.workload_per_week'])).toBeGreaterThan(1);
  });

  it('tells as medium what is rarer than that', () => {
    const { play } = noisyFor(60);
    const [never, often] = told(
      play,
      [tool(1, at(60)), kinds[1]?.(20, at(60) + 1)].flatMap((one) => one ?? []),
    );
    expect(never).toMatchObject({ severity: 'medium', observation: { 'deviation.feature': 'processes' } });
    expect(often?.severity).toBe('low');
  });

  it('says how often deviations at least as rare are expected, beside how often those of the feature are', () => {
    const { found } = noisyFor(1);
    expect(found.map(({ observation }) => observation)).toMatchObject([
      { 'deviation.expected_per_week': 0.125, 'deviation.workload_per_week': 0.125 },
    ]);
  });

  it('tells as medium a level that four weeks have not seen, however old it is', () => {
    const { play } = noisyFor(8);
    const later = at(18);
    const hours = Math.floor(later / hour);
    told(
      play,
      Array.from({ length: 35 * 24 }, (_, nth) => reading('c1', (hours - 35 * 24 + nth) * hour, { cpu: 2 }, look)),
    );
    const minutes = Array.from({ length: 30 }, (_, nth) => reading('c1', later + nth * 60_000, { cpu: 60 }, look));
    expect(told(play, minutes)).toMatchObject([
      { severity: 'medium', observation: { 'deviation.feature': 'cpu', 'deviation.workload_per_week': 0.125 } },
    ]);
  });

  it.each(['approve', 'forget'] as const)('is judged by what was told without a decision: %s', (type) => {
    const { play, found } = noisyFor(4);
    const decisions = found.map(({ observation }, nth) =>
      decided(
        {
          type,
          workload: nginx,
          feature: String(observation['deviation.feature']),
          key: String(observation['deviation.key']),
        },
        at(4) + nth,
      ),
    );
    const later = at(4) + week;
    const expected = (of: Play): unknown => told(of, [tool(1, later)])[0]?.observation['deviation.workload_per_week'];
    // Four of four weeks; none of them.
    expect(expected(noisyFor(4).play)).toBe(1.125);
    play.batch(decisions);
    expect(expected(play)).toBe(0.125);
  });

  it('may be the host itself', () => {
    const play = stage();
    const created = (name: string, when: number) =>
      engineEvent(['volume', 'create'], when, { docker: { id: name, attributes: { driver: 'local' } } });
    play.batch(Array.from({ length: 30 }, (_, nth) => created('shop', 1 + (nth * known) / 30)));
    const [found] = told(play, [created('loot', known)]);
    expect(found).toMatchObject({
      severity: 'medium',
      workload: { id: hostWorkload(host).id },
      observation: { 'deviation.workload_per_week': 0.125 },
    });
    expect(noiseKeys(play)).toHaveLength(1);
  });

  it('that is enforced is high, and no noise', () => {
    const { play } = noisyFor(0);
    play.batch([decided({ type: 'mode', workload: nginx, mode: 'enforce' }, at(0))]);
    const found = told(play, noise(20));
    expect(count(found, 'high')).toBe(20);
    expect(noiseKeys(play)).toEqual([]);
  });

  it('is forgotten with its reset, and four weeks after the last', () => {
    const reset = noisyFor(3).play;
    expect(noiseKeys(reset)).toHaveLength(1);
    reset.batch([decided({ type: 'reset', workload: nginx }, at(4))]);
    expect(noiseKeys(reset)).toEqual([]);
    const { play } = noisyFor(3);
    play.batch([{ tick: at(2) + 4 * week - 1 }]);
    expect(noiseKeys(play)).toHaveLength(1);
    play.batch([{ tick: at(2) + 4 * week }]);
    expect(noiseKeys(play)).toEqual([]);
  });

  it('is told the same however its records are cut into batches, and whenever the analyzer restarts', () => {
    const moments = [...usual(), ...noise(26), tool(1, at(27))];
    const whole = stage();
    const once = told(whole, moments);
    expect([count(once, 'medium'), count(once, 'low')].every((some) => some > 5)).toBe(true);
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: usual().length - 5, max: moments.length }), { maxLength: 12 }),
        (cuts) => {
          const play = stage();
          const found: Finding[] = [];
          let from = 0;
          for (const to of [...cuts.toSorted((a, b) => a - b), moments.length]) {
            if (to > from) found.push(...told(play, moments.slice(from, to)));
            play.restart();
            from = to;
          }
          expect(found).toEqual(once);
          expect(stateOf(play)).toEqual(stateOf(whole));
        },
      ),
      { numRuns: 8 },
    );
  });
});
