import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { besideOthers, distanceOf, isUnlike, withReading } from '../../../../analyzer/baselines/replicas/levels.ts';
import type { Replica } from '../../../../analyzer/baselines/replicas/replica.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import type { Finding } from '../../../../shared/finding.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { decided, nginx } from '../../../support/analyzer/decisions.ts';
import { egress, exec, lifecycle } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines } from '../../../support/analyzer/play.ts';
import { reading } from '../../../support/analyzer/readings.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const monday = Date.UTC(2026, 5, 1);
const look = { age: 1_000, hash: 'one' };
const usual = { ip: '192.0.2.1', port: 443 };
const odd = { ip: '203.0.113.9', port: 4444 };
const oddText = '203.0.113.9 port 4444/tcp';
const options = { ...quickBaselines, minimumObservations: 50, minimumHours: 24, newProbability: 0.05 };

/** Learned within hours. */
const quick = { ...options, minimumHours: 6 };

const play = (baselines = options): Play => createPlay({ rules: ruleSet([]), baselines });
const inTime = (all: readonly Observation[]) => [...all].sort((a, b) => a.at - b.at);
const told = (of: Play, all: readonly Observation[]) =>
  findings(of.batch(inTime(all))).filter(({ digest }) => digest !== true);
const itemIn = (of: Play, feature: string, text: string) =>
  describeBaselines(of.state)
    .find((one) => one.feature === feature)
    ?.items.find((item) => item.text === text);

const valuesOf = ({ state }: Play) =>
  new Map([...state].map(([key, value]): [string, unknown] => [key, JSON.parse(value)]));

interface Busy {
  readonly replicas?: number;
  readonly from: number;
  readonly hours: number;
  /** CPU of each, in %. */
  cpu?(replica: number, at: number): number;
}

/** Replicas whose CPU is read every three minutes, and which all call the same every half an hour. */
function busy({ replicas = 3, from, hours, cpu = () => 10 }: Busy): Observation[] {
  return Array.from({ length: replicas }, (_, replica) => `c${replica + 1}`)
    .flatMap((id, replica) => [
      ...Array.from({ length: hours * 20 }, (_, at) => {
        const time = from + at * 3 * minute + replica * 7_000;
        return reading(id, time, { cpu: cpu(replica, time) }, { ...look });
      }),
      ...Array.from({ length: hours * 2 }, (_, at) => egress(id, from + at * 30 * minute + replica, usual, look)),
    ])
    .map(withHash);
}

/** The readings' maker leaves out what only an inspection tells. */
const withHash = (observation: Observation): Observation => ({
  ...observation,
  ...(observation.container && { container: { ...observation.container, config_hash: 'one' } }),
});

describe('the levels of replicas', () => {
  it('are learned as alike; one that rises above its siblings alone is told once, with both numbers', () => {
    const stage = play(quick);
    // All are at 40 % at times, so that no chart finds anything in 25 %.
    const cpu = (_replica: number, at: number) => (Math.floor(at / hour) % 2 === 0 ? 40 : 10);
    expect(told(stage, busy({ from: monday, hours: 16, cpu }))).toEqual([]);
    expect(describeBaselines(stage.state).find(({ feature }) => feature === 'replicas')).toMatchObject({
      phases: { steady: { state: 'steady' } },
      items: [{ text: 'replicas that are alike', as: 'learned' }],
    });
    const from = monday + 17 * hour;
    const one = (replica: number, at: number) => (replica === 1 && at < from + hour ? 38 : 10);
    const [finding, ...more] = told(stage, busy({ from, hours: 1, cpu: one }));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'deviation',
      rule: { title: 'One replica unlike its siblings' },
      container: { id: 'c2' },
      observation: { 'deviation.feature': 'replicas', 'replica.quantity': 'cpu', 'replica.siblings': 2 },
    });
    expect(finding?.summary).toBe(
      'one replica of docker.io/library/nginx is unlike its siblings: cpu was 38 % for 30 min, while the median of the 2 others was 10 %',
    );
    expect((finding?.at ?? 0) - from).toBeLessThan(55 * minute);
    stage.restart();
    expect(told(stage, busy({ from: from + 2 * hour, hours: 2, cpu: one }))).toEqual([]);
  });

  it('say nothing of two, of a rise that all share, or of one that is idle', () => {
    const unlike = (replicas: number, cpu: (replica: number) => number) => {
      const stage = play(quick);
      told(stage, busy({ replicas, from: monday, hours: 10 }));
      const all = told(stage, busy({ replicas, from: monday + 11 * hour, hours: 2, cpu }));
      return all.filter(({ observation }) => observation['deviation.feature'] === 'replicas');
    };
    const oneRises = (replica: number) => (replica === 1 ? 40 : 10);
    expect(unlike(2, oneRises)).toEqual([]);
    expect(unlike(4, () => 40)).toEqual([]);
    expect(unlike(4, (replica) => (replica === 1 ? 0.1 : 10))).toEqual([]);
    expect(unlike(4, oneRises)).toHaveLength(1);
  });

  it('that are always unlike are learned: a leader stays one', () => {
    const stage = play();
    const cpu = (replica: number) => (replica === 0 ? 40 : 10);
    expect(told(stage, busy({ from: monday, hours: 72, cpu }))).toEqual([]);
    expect(itemIn(stage, 'replicas', 'one replica above its siblings in cpu')).toMatchObject({ as: 'learned' });
  });
});

const replicaWith = (container: string, mean: number): Replica => ({
  host: 'h',
  workload: 'w',
  kind: 'k',
  since: 0,
  seen: 0,
  runs: {},
  container,
  over: [{ slot: 7, means: { cpu: mean } }],
});

describe('the distance of a replica', () => {
  const distanceAmong = (replica: Replica, siblings: readonly Replica[]) => {
    const beside = besideOthers(replica, siblings, 7);
    return beside && distanceOf(beside, 'cpu', 5);
  };
  const scale = { floor: 5, tolerance: 1.5 };
  const means = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 3, maxLength: 12 });

  it('is none of those that are alike, whatever fewer others do', () => {
    fc.assert(
      fc.property(means, fc.double({ min: 0, max: 100, noNaN: true }), (others, common) => {
        const alike = [common, common, ...others.map(() => common)];
        const all = [...alike, ...others].map((mean, index) => replicaWith(`c${index}`, mean));
        for (const one of all.slice(0, alike.length)) {
          const distance = distanceAmong(one, all);
          expect(distance === undefined || isUnlike(distance, scale)).toBe(false);
        }
      }),
    );
  });

  it('does not depend on the order of the siblings, and grows with what is read', () => {
    fc.assert(
      fc.property(means, fc.double({ min: 0.1, max: 50, noNaN: true }), ([own = 0, ...others], more) => {
        const siblings = others.map((mean, index) => replicaWith(`c${index}`, mean));
        const before = distanceAmong(replicaWith('own', own), siblings);
        expect(distanceAmong(replicaWith('own', own), [...siblings].reverse())).toEqual(before);
        expect(distanceAmong(replicaWith('own', own + more), siblings)?.z ?? 0).toBeGreaterThan(before?.z ?? 0);
      }),
    );
  });

  it('is of means of ten minutes, of which the last two are kept', () => {
    let replica: Replica = { ...replicaWith('c1', 0), over: [] };
    for (let at = 0; at < 40; at += 1)
      replica = withReading(replica, at * minute, [{ quantity: { name: 'cpu' }, value: at }]);
    expect(replica.over).toEqual([
      { slot: 1, means: { cpu: 14.5 } },
      { slot: 2, means: { cpu: 24.5 } },
    ]);
  });
});

/** Each replica calls the usual, one of them something odd besides, every half an hour. */
function calls(from: number, hours: number, who: readonly string[], replicas = 3): Observation[] {
  return [
    ...busy({ replicas, from, hours }).filter(({ kind }) => kind === 'connection'),
    ...who.flatMap((id) =>
      Array.from({ length: hours * 2 }, (_, at) => egress(id, from + at * 30 * minute + 60_000, odd, look)),
    ),
  ];
}

/** What comes by the clock is told as regular, too. */
const isNoRhythm = ({ observation }: Finding): boolean => observation['deviation.feature'] !== 'rhythms';

describe('what one replica alone shows', () => {
  const feature = 'egress-destinations';

  it('is not learned while its siblings deny it, however often it is shown, but after a bounded time', () => {
    const stage = play();
    told(stage, calls(monday, 20, ['c1']));
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'held', count: 40, known: [] });
    told(stage, calls(monday + 71 * hour, 2, []));
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'learned' });
  });

  it('is told when learning has ended meanwhile', () => {
    const stage = play();
    told(stage, calls(monday, 20, ['c1']));
    expect(told(stage, calls(monday + 20 * hour, 28, []))).toEqual([]);
    const [odd] = told(stage, calls(monday + 48 * hour, 1, ['c1']));
    expect(odd?.observation).toMatchObject({ 'deviation.feature': feature, 'deviation.item': oddText });
  });

  it('is of three not medium for that, where it came so seldom that chance explains it', () => {
    const stage = play();
    const [first, second] = calls(monday, 1, ['c1']).filter(({ destination }) => destination?.ip === odd.ip);
    told(
      stage,
      calls(monday, 48, [])
        .concat(first ?? [], second ?? [])
        .sort((a, b) => a.at - b.at),
    );
    const [finding] = told(stage, calls(monday + 48 * hour, 1, ['c1']));
    expect(finding).toMatchObject({ severity: 'low', observation: { 'deviation.item': oddText } });
  });

  it('of two is held once that is no chance any more, and told when learning has ended', () => {
    const stage = play();
    told(stage, calls(monday, 5, ['c1'], 2));
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'learned', count: 10 });
    told(stage, calls(monday + 5 * hour, 7, ['c1'], 2));
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'held', count: 24, known: [] });
    stage.restart();
    expect(told(stage, calls(monday + 12 * hour, 36, [], 2))).toEqual([]);
    const [finding, ...more] = told(stage, calls(monday + 48 * hour, 2, ['c1'], 2));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      severity: 'medium',
      observation: { 'deviation.feature': feature, 'deviation.item': oddText },
    });
    expect(finding?.summary).toMatch(/, where it never did before but by one replica alone while learning; also: /);
  });

  it('of two is one finding when learning has ended, however much a leader does that the other does not', () => {
    const stage = play();
    const leads = (from: number, hours: number, many = 12) =>
      Array.from({ length: many }, (_, nth) =>
        Array.from({ length: hours * 2 }, (_, at) =>
          egress('c1', from + at * 30 * minute + (nth + 1) * 1_000, { ...odd, port: 5_000 + nth }, look),
        ),
      ).flat();
    const both = (from: number, hours: number) => [...calls(from, hours, [], 2), ...leads(from, hours)];
    told(stage, both(monday, 20));
    const alone = () =>
      describeBaselines(stage.state)
        .find((one) => one.feature === feature)
        ?.items.filter(({ text }) => text.startsWith(odd.ip));
    expect(new Set(alone()?.map(({ as }) => as))).toEqual(new Set(['held']));
    stage.restart();
    const [finding, ...more] = told(stage, both(monday + 20 * hour, 40));
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'medium', observation: { 'deviation.feature': feature } });
    // To each of the twelve it connects by the clock, besides.
    expect(finding?.summary).toMatch(
      /^\S+ connected to 203\.0\.113\.9 port 50\d\d\/tcp, where it .* alone while learning; also: .*; 20 more$/,
    );
    const keys = alone()?.map(({ key }) => key) ?? [];
    expect(keys).toHaveLength(12);
    expect(finding?.observation['deviation.parts']).toHaveLength(24);
    expect(finding?.observation['deviation.parts']).toEqual(
      expect.arrayContaining(keys.map((key) => `${feature}/${key}`)),
    );
    expect(new Set(alone()?.map(({ as }) => as))).toEqual(new Set(['novel']));
    const answers = stage.batch(
      keys.map((key, nth) => decided({ type: 'approve', workload: nginx, feature, key }, monday + 61 * hour + nth)),
    );
    expect(new Set(answers.map((answer) => 'result' in answer && answer.result))).toEqual(new Set(['applied']));
    expect(told(stage, both(monday + 62 * hour, 2))).toEqual([]);
  });

  const often = (from: number, hours: number, of: (at: number) => Observation) =>
    Array.from({ length: hours * 2 }, (_, at) => of(from + at * 30 * minute));

  it('of whatever feature is one finding, also of features that still learn', () => {
    const stage = play();
    const leads = (from: number, hours: number) => [
      ...calls(from, hours, ['c1'], 2),
      ...often(from + 2_000, hours, (at) => exec('c1', at, ['pg_basebackup', '--now'], look)),
      ...often(from + 3_000, hours, (at) => exec('c1', at, ['archive'], { ...look, user: 'backup' })),
    ];
    expect(told(stage, leads(monday, 20))).toEqual([]);
    stage.restart();
    const [finding, ...more] = told(stage, leads(monday + 20 * hour, 40));
    expect(more).toEqual([]);
    const execs = describeBaselines(stage.state).find((one) => one.feature === 'exec-commands');
    expect(execs?.state).not.toBe('steady');
    expect(finding?.severity).toBe('medium');
    const keys = ['archive (as backup)', 'pg_basebackup --now'].map((text) =>
      execs?.items.find((item) => item.text === text),
    );
    expect(keys).toMatchObject([{ as: 'novel' }, { as: 'novel' }]);
    expect(finding?.observation['deviation.parts']).toEqual(
      expect.arrayContaining([
        ...keys.map((item) => `exec-commands/${item?.key}`),
        `${feature}/${itemIn(stage, feature, oddText)?.key}`,
      ]),
    );
    expect(finding?.rule.catalogue).toEqual(expect.arrayContaining(['NET-14', 'EXE-04']));
    const answers = stage.batch(
      keys.map((item, nth) =>
        decided(
          { type: 'approve', workload: nginx, feature: 'exec-commands', key: item?.key ?? '' },
          monday + 61 * hour + nth,
        ),
      ),
    );
    expect(answers).toMatchObject([{ result: 'applied' }, { result: 'applied' }]);
    expect(told(stage, leads(monday + 62 * hour, 10))).toEqual([]);
  });

  it('is not told with another thing where its feature still learns and chance explains it', () => {
    const stage = play();
    expect(told(stage, calls(monday, 20, ['c1']))).toEqual([]);
    told(stage, [exec('c1', monday + 20 * hour, ['id'], look)]);
    const parts = told(stage, calls(monday + 20 * hour, 39, ['c1'])).flatMap(
      ({ observation }) => observation['deviation.parts'],
    );
    expect(parts).toContain(`${feature}/${itemIn(stage, feature, oddText)?.key}`);
    expect(parts.filter((part) => String(part).startsWith('exec-commands/'))).toEqual([]);
    expect(itemIn(stage, 'exec-commands', 'id')).toMatchObject({ as: 'held', count: 1 });
  });

  it('of two is learned where the other one shows it now and then, or learning goes on for too long', () => {
    const shared = play();
    told(shared, [...calls(monday, 12, ['c1'], 2), egress('c2', monday + 11 * hour, odd, look)]);
    expect(itemIn(shared, feature, oddText)).toMatchObject({ as: 'learned' });
    const long = play({ ...options, newProbability: 0.0001 });
    told(long, calls(monday, 80, ['c1'], 2));
    expect(itemIn(long, feature, oddText)).toMatchObject({ as: 'learned', count: 160 });
  });

  it('is learned at once when another one shows it too', () => {
    const stage = play();
    told(stage, calls(monday, 5, ['c1']));
    expect(itemIn(stage, feature, oddText)?.as).toBe('held');
    told(stage, [egress('c2', monday + 5 * hour, odd, look), egress('c3', monday + 5 * hour + 1, usual, look)]);
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'learned', count: 11 });
    stage.restart();
    told(stage, calls(monday + 6 * hour, 1, ['c1']));
    expect(itemIn(stage, feature, oddText)).toMatchObject({ as: 'learned', count: 13 });
  });

  it('is learned as ever where there is one replica, or two, or others that ended or are made otherwise', () => {
    const other = (observation: Observation): Observation => ({
      ...observation,
      ...(observation.container && { container: { ...observation.container, config_hash: observation.container.id } }),
    });
    const ended = [lifecycle('c2', monday + 1, 'die'), lifecycle('c3', monday + 1, 'destroy')];
    for (const [start, replicas, make] of [
      [[], 1, (one: Observation) => one],
      [[], 2, (one: Observation) => one],
      [[], 3, other],
      [[...calls(monday - hour, 1, []), ...ended], 1, (one: Observation) => one],
    ] as const) {
      const stage = play();
      told(stage, start.map(make));
      told(stage, calls(monday + 2, 2, ['c1'], replicas).map(make));
      expect(itemIn(stage, feature, oddText)?.as).toBe('learned');
    }
  });

  it('is told as one finding when it comes again and again although the siblings had as many chances', () => {
    const stage = play({ ...options, newProbability: 0.05 });
    // All are alike for a day and a half; meanwhile what they call differs so much that it goes on being learned.
    const various = (from: number, hours: number) =>
      Array.from({ length: hours * 6 }, (_, at) => {
        const time = from + at * 10 * minute;
        return ['c1', 'c2', 'c3'].map((id, replica) =>
          egress(
            id,
            time + replica,
            { ip: `198.51.${at % 100}.${1 + (Math.floor(time / day) % 200)}`, port: 443 },
            look,
          ),
        );
      }).flat();
    told(stage, [...busy({ from: monday, hours: 40 }), ...various(monday, 40)]);
    const all = told(stage, [...calls(monday + 40 * hour, 8, ['c2']), ...various(monday + 40 * hour, 8)]).filter(
      isNoRhythm,
    );
    expect(all.map(({ summary }) => summary)).toEqual([
      `one replica of docker.io/library/nginx is unlike its siblings: ${oddText} (egress-destinations), which none of the 2 others showed`,
    ]);
    expect(all[0]?.observation).toMatchObject({ 'deviation.feature': 'replicas', 'replica.siblings': 2 });
  });

  it('gives the same findings and state however the log is cut', () => {
    const log = inTime([
      ...calls(monday, 30, ['c1']),
      ...busy({ from: monday, hours: 30, cpu: (one) => (one === 2 ? 60 : 5) }),
    ]);
    const whole = play();
    const once = findings(whole.batch(log)).map(({ id }) => id);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: log.length - 1 }), { minLength: 1, maxLength: 3 }), (cuts) => {
        const pieces = play();
        const ids: string[] = [];
        let from = 0;
        for (const to of [...new Set(cuts), log.length].sort((a, b) => a - b)) {
          ids.push(...findings(pieces.batch(log.slice(from, to))).map(({ id }) => id));
          pieces.restart();
          from = to;
        }
        expect(ids).toEqual(once);
        expect(valuesOf(pieces)).toEqual(valuesOf(whole));
      }),
      { numRuns: 2 },
    );
  });
});
