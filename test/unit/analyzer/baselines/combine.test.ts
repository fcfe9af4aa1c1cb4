import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combined } from '../../../../analyzer/baselines/combine.ts';
import { type Finding, type FindingRecord, findingRecordSchema } from '../../../../shared/finding.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { program } from '../../../support/analyzer/observations.ts';
import { createPlay, findings, type Play, quickBaselines } from '../../../support/analyzer/play.ts';
import { ruleSet } from '../../../support/analyzer/rules.ts';
import { poissonInterval } from '../../../support/poisson.ts';
import { random } from '../../../support/random.ts';

const hour = 3_600_000;
const week = 7 * 24 * hour;

const runs = (at: number, name: string, user: number): Observation =>
  program('c1', at, { executable: `/opt/${name}`, user }, { age: 1_000 });

const stage = (baselines = quickBaselines): Play => createPlay({ rules: ruleSet([]), baselines });
const told = (play: Play, ...all: readonly Observation[]): readonly Finding[] =>
  findings(play.batch(all)).filter(({ digest }) => digest !== true);

function learned(play: Play = stage()): Play {
  for (let at = 1; at <= 8; at += 1) told(play, runs(at * 1_000, 'usual', 1_000));
  return play;
}

describe('what one observation deviates in', () => {
  it('is one finding, of the rarest part, that names all', () => {
    const [finding, ...more] = told(learned(), runs(9_000, 'odd', 0));
    expect(more).toEqual([]);
    const { 'deviation.parts': parts, ...first }: Record<string, unknown> = finding?.observation ?? {};
    expect(parts).toEqual([
      expect.stringMatching(/^processes\/[0-9a-f]{32}$/),
      expect.stringMatching(/^users-and-capabilities\/[0-9a-f]{32}$/),
    ]);
    expect(`${String(first['deviation.feature'])}/${String(first['deviation.key'])}`).toBe((parts as string[])[0]);
    expect(first).toMatchObject({ 'process.executable': '/opt/odd', 'process.user.id': 0 });
    expect(finding?.rule).toMatchObject({
      title: 'Program never seen before',
      catalogue: ['EXE-04', 'ESC-39'],
      techniques: ['T1059', 'T1068'],
    });
    expect(finding?.summary).toMatch(
      / ran \/opt\/odd .*; also: .* as user 0 \(root\), which none of its processes ever did before$/,
    );
  });

  it('is told as ever where it is one', () => {
    const play = learned();
    const [finding] = told(play, runs(9_000, 'odd', 1_000));
    expect(finding?.observation).not.toHaveProperty('deviation.parts');
    expect(finding?.rule.catalogue).toEqual(['EXE-04']);
    // One part was told, so the other comes alone.
    const [other] = told(play, runs(10_000, 'odd', 1_001));
    expect(other?.observation).not.toHaveProperty('deviation.parts');
  });

  it('is the same finding when the log is read again, and after a restart nothing is told twice', () => {
    const [once] = told(learned(), runs(9_000, 'odd', 0));
    const play = learned();
    play.restart();
    const [again] = told(play, runs(9_000, 'odd', 0));
    expect(again).toEqual(once);
    play.restart();
    expect(told(play, runs(10_000, 'odd', 0))).toEqual([]);
  });
});

const severities = ['low', 'medium', 'high'] as const;
const part = fc.record({
  severity: fc.constantFrom(...severities),
  perWeek: fc.option(fc.double({ min: 0, max: 100, noNaN: true }), { nil: undefined }),
  score: fc.double({ min: 0, max: 1, noNaN: true }),
  row: fc.constantFrom('EXE-04', 'NET-14', 'ESC-39', 'IMP-02'),
  words: fc.string({ maxLength: 400 }),
});
const [example] = told(learned(), runs(9_000, 'odd', 1_000));

interface Made {
  readonly severity: Finding['severity'];
  readonly perWeek: number | undefined;
  readonly score: number;
  readonly row: string;
  readonly words: string;
}

function recordOf({ severity, perWeek, score, row, words }: Made, index: number): FindingRecord {
  if (example === undefined) throw new Error('nothing was told');
  const { id, kind, at } = example.observation;
  const finding: Finding = {
    ...example,
    id: `finding ${index}`,
    severity,
    summary: words,
    rule: { ...example.rule, id: `rule ${index}`, catalogue: [row] },
    observation: {
      id,
      kind,
      at,
      [`field ${index}`]: index,
      'deviation.feature': 'f',
      'deviation.key': `k/${index}`,
      'deviation.score': score,
      ...(perWeek === undefined ? {} : { 'deviation.expected_per_week': perWeek }),
    },
  };
  return { type: 'finding', finding };
}
describe('a combination', () => {
  it('is as severe as its worst part and as rare as its rarest, loses none and is read back', () => {
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 70 }), (parts) => {
        const whole = findings(combined(parts.map((one, index) => recordOf(one, index))));
        expect(whole).toHaveLength(Math.ceil(parts.length / 32));
        const [first] = whole;
        const worst = severities.findLast((severity) => parts.some((one) => one.severity === severity));
        expect(first?.severity).toBe(worst);
        const names = whole.flatMap(
          ({ observation }) => observation['deviation.parts'] ?? `f/${String(observation['deviation.key'])}`,
        );
        expect(new Set(names)).toEqual(new Set(parts.map((_, index) => `f/k/${index}`)));
        if (parts.length <= 32) {
          const known = parts.flatMap(({ perWeek }) => perWeek ?? []);
          expect(first?.observation['deviation.expected_per_week']).toBe(
            known.length > 0 ? Math.min(...known) : undefined,
          );
          expect(first?.observation['deviation.score']).toBe(Math.max(...parts.map(({ score }) => score)));
          expect(new Set(first?.rule.catalogue)).toEqual(new Set(parts.map(({ row }) => row)));
        }
        for (const finding of whole) {
          expect(finding.summary.length).toBeLessThanOrEqual(1_024);
          expect(findingRecordSchema.parse(JSON.parse(JSON.stringify({ type: 'finding', finding })))).toBeDefined();
        }
      }),
    );
  });

  it('leaves everything else as it is', () => {
    const ended: FindingRecord = {
      type: 'ended',
      id: 'x',
      subject: 's',
      host: { id: 'h', name: 'h' },
      at: 1,
      lineage: 'l',
      reason: 'gone',
    };
    expect(combined([ended])).toEqual([ended]);
    expect(combined([])).toEqual([]);
  });
});

/** How many findings of medium some workloads bring in some weeks, and how many parts they have; `rarest` is the share of the rarest programs. */
function mediumIn({ rarest, mediumPerWeek }: { readonly rarest: number; readonly mediumPerWeek: number }) {
  const workloads = 4;
  const [learning, judged] = [3, 4];
  const counts = { medium: 0, parts: 0 };
  for (let seed = 1; seed <= workloads; seed += 1) {
    const needs = { minimumObservations: 50, minimumHours: 24, newProbability: 0.5 };
    const play = stage({ ...quickBaselines, ...needs, mediumPerWeek });
    const next = random(seed);
    for (let from = 0; from < (learning + judged) * week; from += week) {
      const seen = Array.from({ length: week / (2 * hour) }, (_, index) => {
        // Each two programs run as a user of their own: who is new comes with a program that is.
        const number = Math.floor(1 / (next() + rarest));
        return runs(from + index * 2 * hour, `p${number}`, 1_000 + Math.floor(number / 2));
      });
      const found = told(play, ...seen);
      expect(new Set(found.map(({ observation }) => observation.id)).size).toBe(found.length);
      const medium = from < learning * week ? [] : found.filter(({ severity }) => severity === 'medium');
      counts.medium += medium.length;
      counts.parts += medium.flatMap(({ observation }) => observation['deviation.parts'] ?? 'one').length;
    }
  }
  return { ...counts, weeks: workloads * judged };
}

describe('the setting mediumPerWeek', () => {
  it('is about how many findings of medium a workload brings in a week at most, also where its features go together', {
    timeout: 120_000,
  }, () => {
    const mediumPerWeek = 2;
    const seldom = mediumIn({ rarest: 0.02, mediumPerWeek });
    expect(seldom.parts).toBeGreaterThan(seldom.medium);
    // Two a week at most: so many of a Poisson process of that rate come in these weeks in 999 of 1,000 cases.
    const [, most] = poissonInterval(mediumPerWeek * seldom.weeks, 0.998);
    expect(seldom.medium).toBeLessThanOrEqual(most);
    // Where more than that is new it is not medium.
    expect(mediumIn({ rarest: 0.003, mediumPerWeek }).medium).toBeLessThanOrEqual(most);
  });

  it('leaves every one medium where fewer come than that', () => {
    const play = stage({
      ...quickBaselines,
      minimumObservations: 50,
      minimumHours: 24,
      newProbability: 0.5,
      mediumPerWeek: 2,
    });
    const usual = (from: number) =>
      Array.from({ length: week / (2 * hour) }, (_, nth) => runs(from + nth * 2 * hour, `p${nth % 3}`, 1_000));
    for (let nth = 0; nth < 3; nth += 1) expect(told(play, ...usual(nth * week))).toEqual([]);
    const severities = [3, 4, 5, 6].flatMap((nth) => {
      const found = told(
        play,
        ...usual(nth * week),
        runs((nth + 1) * week - hour, `new-${nth}`.replace(/\d/, 'abcdefg'[nth] ?? ''), 1_000),
      );
      return found.map(({ severity }) => severity);
    });
    expect(severities).toEqual(Array(4).fill('medium'));
  });
});
