import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkCorrelations } from '../../../analyzer/sigma/correlation/link.ts';
import type { Correlation, RuleSet } from '../../../analyzer/sigma/rule.ts';
import { wording } from '../../../analyzer/sigma/wording.ts';
import type { Observation } from '../../../shared/observation.ts';
import { exec, lifecycle, snapshot } from '../../support/analyzer/observations.ts';
import { createPlay, findings, type Moment } from '../../support/analyzer/play.ts';
import { type PredicateRule, privileged, rule, ruleSet } from '../../support/analyzer/rules.ts';
import { correlation } from './sigma/correlation/correlations.ts';

const inContainer = { groupBy: ['container.id'] };
const anyExec = rule('exec', ({ kind }) => kind === 'exec', { origin: 'rules', level: 'low' });
const start = rule('start', ({ event }) => event.action === 'start', { origin: 'rules', level: 'low' });
const many = correlation(
  { ...inContainer, rules: ['exec'], bounds: [{ op: 'gte', number: 3 }], timespanMs: 60_000, generate: true },
  { id: 'many', catalogue: ['SEQ-1'], summary: '{count} execs in {container.id} ({container.name}).' },
);
const then = correlation(
  { ...inContainer, type: 'temporal_ordered', rules: ['start', 'exec'], bounds: [{ op: 'gte', number: 2 }] },
  { id: 'then', catalogue: ['SEQ-2'] },
);

function rulesOf(rules: readonly PredicateRule[], correlations: readonly Correlation[], hash = 'rules-1'): RuleSet {
  const linked = linkCorrelations(correlations, rules);
  expect(linked.problems).toEqual([]);
  return { ...ruleSet(rules, hash), correlations: linked.correlations, silent: linked.silent };
}

const execs = (id: string, ...times: readonly number[]): readonly Observation[] =>
  times.map((at) => exec(id, at, ['sh', String(at)]));
const said = (records: Parameters<typeof findings>[0]) =>
  findings(records).map(({ kind, rule: { id }, at }) => `${kind} ${id} ${at}`);
const sequencesIn = (state: ReadonlyMap<string, string>) =>
  [...state.keys()].filter((key) => key.includes('/sequences/'));
const parsed = (state: ReadonlyMap<string, string>) =>
  new Map<string, unknown>([...state].map(([key, value]) => [key, JSON.parse(value)]));
const at = 1_000_000;

describe('sequences', () => {
  it('become findings of their own, about their group, beside those of their rules', () => {
    const play = createPlay({ rules: rulesOf([anyExec], [many]) });
    const records = play.batch([...execs('c1', at, at + 1), ...execs('c2', at + 2), ...execs('c1', at + 3)]);
    expect(said(records)).toEqual([
      `signature exec ${at}`,
      `signature exec ${at + 1}`,
      `signature exec ${at + 2}`,
      `signature exec ${at + 3}`,
      `sequence many ${at + 3}`,
    ]);
    const found = findings(records).at(-1);
    expect(found).toMatchObject({
      nature: 'event',
      severity: 'high',
      rule: { id: 'many', catalogue: ['SEQ-1'], hash: 'hash of many' },
      container: { id: 'c1' },
      observation: { 'container.id': 'c1', count: 3, from: at, to: at + 3, kind: 'exec' },
    });
  });

  it('name the fields of their group and the count in their summary', () => {
    const finding = wording.summary(many, execs('c1', at)[0] as Observation, { 'container.id': 'c1\n', count: 3 });
    expect(finding).toBe('3 execs in c1\\u{a} (web).');
  });

  it('tell the fields of their group apart from what they say themselves, whatever those are called', () => {
    const names = ['count', 'from', 'to', 'id', 'kind', 'at', 'group.count', 'who'];
    const aliases = Object.fromEntries(names.map((name) => [name, { exec: 'container.id' }]));
    const play = createPlay({
      rules: rulesOf(
        [anyExec],
        [correlation({ rules: ['exec'], groupBy: names, aliases, bounds: [{ op: 'gte', number: 2 }] })],
      ),
    });
    const [first, second] = execs('c1', at, at + 1);
    const found = findings(play.batch([first, second].filter((one) => one !== undefined))).at(-1);
    const group = names.map((name) => [name === 'who' ? name : `group.${name}`, 'c1']);
    expect(found?.observation).toEqual({
      ...Object.fromEntries(group),
      id: second?.id,
      kind: 'exec',
      at: at + 1,
      count: 2,
      from: at,
      to: at + 1,
    });
  });

  it('keep quiet what only feeds them', () => {
    const play = createPlay({ rules: rulesOf([anyExec, start], [then]) });
    expect(said(play.batch([lifecycle('c1', at, 'start'), ...execs('c1', at + 1, at + 2)]))).toEqual([
      `sequence then ${at + 1}`,
    ]);
  });

  it('are fed by conditions and other sequences, and not by what a filter hides', () => {
    const filter = { id: 'mine' } as never;
    const rules = rulesOf(
      [{ ...privileged, origin: 'rules' }, anyExec],
      [
        { ...many, correlation: { ...many.correlation, generate: false } },
        correlation({
          ...inContainer,
          type: 'temporal',
          rules: ['CFG-01', 'many'],
          bounds: [{ op: 'gte', number: 2 }],
          generate: true,
        }),
      ],
    );
    const story = [...snapshot('c1', at, { privileged: true }), ...execs('c1', at + 1, at + 2, at + 3)];
    expect(said(createPlay({ rules }).batch(story))).toEqual([
      `signature CFG-01 ${at}`,
      `sequence many ${at + 3}`,
      `sequence seq ${at + 3}`,
    ]);
    const hidden: RuleSet = {
      ...rules,
      match: (observation) => rules.match(observation).map((match) => ({ ...match, hiddenBy: [filter] })),
    };
    expect(said(createPlay({ rules: hidden }).batch(story))).toEqual([]);
  });

  it('are apart for each host', () => {
    const play = createPlay({ rules: rulesOf([anyExec], [many]) });
    const elsewhere = execs('c1', at + 2).map((one) => ({ ...one, id: 'other', host: { id: 'OTHER', name: 'x' } }));
    const records = play.batch([...execs('c1', at, at + 1), ...elsewhere]);
    expect(findings(records).filter(({ kind }) => kind === 'sequence')).toEqual([]);
    expect(sequencesIn(play.state)).toHaveLength(2);
  });

  it('are forgotten when nothing in them counts any more', () => {
    const play = createPlay({ rules: rulesOf([anyExec], [many]) });
    play.batch(execs('c1', at));
    expect(sequencesIn(play.state)).toHaveLength(1);
    expect(play.commits.at(-1)?.nextWake).toBe(at + 60_000 + 300_000);
    play.batch([{ tick: at + 359_999 }]);
    expect(sequencesIn(play.state)).toHaveLength(1);
    play.batch([{ tick: at + 360_000 }]);
    expect(sequencesIn(play.state)).toEqual([]);
  });

  it('say what came too late', () => {
    const play = createPlay({ rules: rulesOf([anyExec], [many]) });
    play.batch([...execs('c1', at, at - 300_001, at - 300_002), ...execs('c1', at + 1)]);
    expect(play.happenings).toContainEqual({ name: 'sequenceInexact', rule: 'many', reason: 'late', count: 2 });
  });

  it('go on with other rules as long as they are the same themselves', () => {
    const first = rulesOf([anyExec, start], [many, then]);
    const before = createPlay({ rules: first });
    before.batch([lifecycle('c1', at, 'start'), ...execs('c1', at + 20_000, at + 20_001)]);
    expect(sequencesIn(before.state)).toHaveLength(2);

    const goesOn = createPlay({ rules: rulesOf([anyExec, start], [many], 'rules-2'), state: before.state });
    expect(said(goesOn.batch(execs('c1', at + 20_002)))).toContain(`sequence many ${at + 20_002}`);
    // What the other one kept is gone.
    expect(sequencesIn(goesOn.state)).toHaveLength(1);

    const changed = { ...many, hash: 'another' };
    const begins = createPlay({ rules: rulesOf([anyExec], [changed], 'rules-3'), state: before.state });
    expect(said(begins.batch(execs('c1', at + 20_002)))).toEqual([`signature exec ${at + 20_002}`]);
  });

  it('begin anew when a rule that fills them changes, however far away', () => {
    const inner = correlation({ ...inContainer, rules: ['exec'], generate: true }, { id: 'inner' });
    const outer = { ...many, correlation: { ...many.correlation, rules: ['inner'] } };
    const other = { ...many, id: 'other', correlation: { ...many.correlation, rules: ['start'] } };
    const starts = (...times: readonly number[]) => times.map((time) => lifecycle('c1', time, 'start'));
    const cases = [[many], [inner, outer]].flatMap((sequences) => [true, false].map((hot) => ({ sequences, hot })));
    for (const { sequences, hot } of cases) {
      const play = createPlay({ rules: rulesOf([anyExec, start], [...sequences, other]) });
      play.batch([...execs('c1', at, at + 10_001), ...starts(at + 10_002, at + 10_003)]);
      const held = sequencesIn(play.state).length;
      const rules = rulesOf([{ ...anyExec, hash: 'edited' }, start], [...sequences, other], 'rules-2');
      if (hot) play.reload(rules);
      const goesOn = hot ? play : createPlay({ rules, state: play.state });
      goesOn.batch([{ tick: at + 10_004 }]);
      expect(sequencesIn(goesOn.state)).toHaveLength(held - sequences.length);
      const told = said(goesOn.batch([...execs('c1', at + 20_002), ...starts(at + 20_003)]));
      expect(told.filter((one) => one.startsWith('sequence'))).toEqual([
        ...(sequences.includes(inner) ? [`sequence inner ${at + 20_002}`] : []),
        `sequence other ${at + 20_003}`,
      ]);
    }
  });

  it('leave out state that cannot be read', () => {
    const before = createPlay({ rules: rulesOf([anyExec], [many]) });
    before.batch(execs('c1', at, at + 1));
    const [key = ''] = sequencesIn(before.state);
    const broken = createPlay({
      rules: rulesOf([anyExec], [many]),
      state: new Map([...before.state, [key, '{"correlation":3}']]),
    });
    expect(said(broken.batch(execs('c1', at + 2)))).toEqual([`signature exec ${at + 2}`]);
    expect(broken.happenings).toContainEqual(expect.objectContaining({ name: 'recordRejected', place: key }));
  });
});

describe('the same observations', () => {
  const id = fc.constantFrom('c1', 'c2');
  const happening = fc.tuple(
    fc.constantFrom('exec', 'exec', 'exec', 'start', 'tick'),
    id,
    fc.constantFrom(1, 4_000, 9_000, 15_000, 70_000),
  );
  const story = fc.array(happening, { minLength: 15, maxLength: 40 }).map((scenes): readonly Moment[] => {
    let now = at;
    return scenes.map(([what, one, wait]) => {
      now += wait;
      if (what === 'tick') return { tick: now };
      return what === 'exec' ? exec(one, now, ['sh', String(now)]) : lifecycle(one, now, 'start');
    });
  });
  const rules = rulesOf(
    [anyExec, start],
    [
      many,
      then,
      correlation(
        {
          rules: ['many', 'then'],
          generate: true,
          groupBy: ['container.id'],
          timespanMs: 300_000,
          bounds: [{ op: 'gte', number: 2 }],
        },
        { id: 'both' },
      ),
    ],
  );

  it('complete the same sequences, however they are cut into batches and whenever the analyzer is killed', () => {
    let completed = 0;
    fc.assert(
      fc.property(
        story,
        fc.array(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.boolean()), { minLength: 1 }),
        (moments, cuts) => {
          const whole = createPlay({ rules });
          const expected = whole.batch(moments);
          const cutUp = createPlay({ rules });
          const records = [];
          for (let from = 0, turn = 0; from < moments.length; turn += 1) {
            const [size = 1, restarts = false] = cuts[turn % cuts.length] ?? [];
            records.push(...cutUp.batch(moments.slice(from, from + size)));
            if (restarts) cutUp.restart();
            from += size;
          }
          expect(records).toEqual(expected);
          expect(parsed(cutUp.state)).toEqual(parsed(whole.state));
          completed += findings(expected).filter(({ kind }) => kind === 'sequence').length;
        },
      ),
      { numRuns: 30 },
    );
    expect(completed).toBeGreaterThan(30);
  });
});
