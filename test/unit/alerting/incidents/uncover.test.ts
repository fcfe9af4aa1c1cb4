import fc from 'fast-check';
import { firstValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import { restore } from '../../../../alerting/incidents/persist.ts';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import type { BusRecord, Commit } from '../../../../shared/bus/port.ts';
import type { Finding } from '../../../../shared/finding.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';
import type { SuppressionScope } from '../../../../shared/suppression-scope.ts';
import {
  answersOf,
  applied,
  batch,
  decided,
  ended,
  finding,
  record,
  rule,
  tick,
  told,
  updatesOf,
} from '../finding-records.ts';
import { minute, run } from './run.ts';

type More = Parameters<typeof finding>[1];
const begins = (id: string, logged: number, more: More = {}): BusRecord =>
  record(told(finding(id, { at: logged, nature: 'condition', subject: `s-${id}`, ...more })), logged);
const ends = (id: string, logged: number, more: { in?: string } = {}): BusRecord =>
  record(ended(id, `s-${id}`, { at: logged, ...more }), logged);
const scope: SuppressionScope = { rule: 'rule-1', workload: 'w-web' };
const suppress = (logged: number, minutes = 10, more: SuppressionScope = scope): BusRecord =>
  decided({ type: 'suppress', scope: more, expiresAt: logged + minutes * minute }, logged);
const unsuppress = (madeAt: number, logged: number): BusRecord =>
  decided({ type: 'unsuppress', suppression: `d-suppress-${madeAt}` }, logged);
const stateOf = (commits: readonly Commit[]) =>
  commits.reduce((state, commit) => applied(state, commit.state), new Map<string, string>());
const answers = (commits: readonly Commit[]) => answersOf(commits).map(({ text }) => text);

describe('a condition that began while it was suppressed', () => {
  it('opens its incident when the suppression expires, with the time at which it began', async () => {
    const commits = await run([
      [suppress(minute)],
      [begins('c', 2 * minute), record(told(finding('event', { at: 3 * minute })), 3 * minute)],
      [tick(11 * minute)],
      [tick(12 * minute)],
    ]);
    expect(updatesOf(commits.slice(0, 2))).toEqual([]);
    const [opened, ...others] = updatesOf(commits);
    expect(others).toEqual([]);
    expect(incidentUpdateSchema.parse(opened)).toMatchObject({
      change: 'opened',
      at: 11 * minute,
      finding: 'c',
      reason: 'it began 1970-01-01T00:02:00.000Z while a suppression hid it, which is over; it is still so',
      incident: {
        openedAt: 11 * minute,
        updatedAt: 11 * minute,
        count: 1,
        findings: [{ id: 'c', firstAt: 2 * minute, lastAt: 2 * minute }],
      },
    });
    expect(answers(commits)).toContain(
      'its time is over; it hid 2 findings, high at worst; 1 condition is still so and told now',
    );
    expect(restore(stateOf(commits)).hidden).toEqual([]);
  });

  it('is told when somebody ends the suppression, and ends as any other', async () => {
    const commits = await run([
      [suppress(minute), begins('c', 2 * minute), begins('d', 3 * minute, { summary: 'another' })],
      [unsuppress(minute, 4 * minute)],
      [ends('c', 5 * minute), ends('d', 6 * minute)],
      [tick(30 * minute)],
    ]);
    expect(updatesOf(commits).map(({ change, incident }) => [change, incident.count])).toEqual([
      ['opened', 2],
      ['grown', 2],
      ['closed', 2],
    ]);
    expect(answers(commits).at(-1)).toBe(
      'ended; it hid 2 findings, high at worst; 2 conditions are still so and told now',
    );
  });

  it('is not told when it ended before', async () => {
    const commits = await run([
      [suppress(minute), begins('c', 2 * minute)],
      [ends('c', 3 * minute)],
      [tick(20 * minute)],
    ]);
    expect(updatesOf(commits)).toEqual([]);
    expect(answers(commits).at(-1)).toBe('its time is over; it hid 1 finding, high at worst');
  });

  it('stays hidden as long as another suppression hides it', async () => {
    const wider = suppress(2 * minute, 30, { row: 'MNT-01', workload: 'w-web' });
    const commits = await run([
      [suppress(minute), wider, begins('c', 3 * minute)],
      [tick(11 * minute)],
      [unsuppress(2 * minute, 20 * minute)],
    ]);
    expect(updatesOf(commits.slice(0, 2))).toEqual([]);
    expect(restore(stateOf(commits.slice(0, 2))).hidden).toMatchObject([{ by: `d-suppress-${2 * minute}` }]);
    expect(updatesOf(commits)).toMatchObject([{ change: 'opened', at: 20 * minute }]);
    // The first of the two counted it.
    expect(answers(commits).slice(-2)).toEqual([
      'its time is over; it hid 1 finding, high at worst',
      'ended; it hid nothing that another did not hide first; 1 condition is still so and told now',
    ]);
  });

  it('is said to be forgotten by the suppression that hid it in the end', async () => {
    const limits = { ...defaultLimits, hiddenConditions: 1 };
    const wider = suppress(2 * minute, 30, { row: 'MNT-01', workload: 'w-web' });
    const commits = await run(
      [
        [suppress(minute), wider, begins('c', 3 * minute, { severity: 'medium' })],
        [tick(11 * minute)],
        [suppress(12 * minute, 10, { rule: 'rule-2', workload: 'w-web' })],
        [begins('d', 13 * minute, { ...rule('rule-2'), severity: 'high' }), unsuppress(2 * minute, 15 * minute)],
      ],
      { limits },
    );
    expect(answers(commits).at(-1)).toMatch(
      /^ended; it hid nothing that another did not hide first; 1 condition is not told now, whether still so or not/,
    );
  });

  it('is told after both, when both ended before anything else was heard', async () => {
    const longer = suppress(2 * minute, 12);
    const commits = await run([[suppress(minute), longer, begins('c', 3 * minute)], [tick(60 * minute)]]);
    expect(updatesOf(commits)).toMatchObject([{ change: 'opened', at: 14 * minute }]);
  });

  it('grows the incident that is there, whose container may be a newer one', async () => {
    const replaced = { id: 'new-id', name: 'web', image: { name: 'nginx:1', id: 'sha256:1' }, lineage: 'lineage-web' };
    const event = finding('e', { at: 4 * minute, container: replaced, ...rule('rule-2') });
    const commits = await run([
      [suppress(minute), begins('c', 2 * minute)],
      [record(told(event), 4 * minute)],
      [tick(11 * minute)],
    ]);
    expect(updatesOf(commits).at(-1)).toMatchObject({
      change: 'grown',
      at: 11 * minute,
      incident: { container: { id: 'new-id' }, updatedAt: 11 * minute, findings: [{ id: 'e' }, { id: 'c' }] },
    });
  });

  it('finds the incidents as they were when the suppression ended, however late that is noticed', async () => {
    const before = [
      suppress(minute, 30),
      begins('c', 2 * minute),
      record(told(finding('e', { at: 3 * minute, ...rule('rule-2') })), 3 * minute),
    ];
    const ticks = [18, 31, 40].map((n) => tick(n * minute));
    const outcomes = [
      [...before, ...ticks],
      [...before, tick(40 * minute)],
    ].map(async (records) => updatesOf(await run([records])).map(({ change, at }) => [change, at / minute]));
    const [noticed, late] = await Promise.all(outcomes);
    expect(noticed).toEqual([
      ['opened', 3],
      ['closed', 18],
      ['reopened', 31],
    ]);
    expect(late).toEqual(noticed);
  });

  it('is not told again where people know of it already', async () => {
    const commits = await run([
      [begins('c', minute)],
      [suppress(2 * minute), begins('c2', 3 * minute, { subject: 's-c' })],
      [tick(20 * minute)],
    ]);
    expect(updatesOf(commits).map(({ change }) => change)).toEqual(['opened']);
  });

  it('gives way when there are too many, the least grave and newest first, and that is counted and said', async () => {
    const limits = { ...defaultLimits, hiddenConditions: 2 };
    const severities = ['medium', 'high', 'medium', 'high'] as const;
    const hidden = severities.map((severity, n) => begins(`c${n}`, (2 + n) * minute, { severity, summary: `${n}` }));
    const commits = await run([[suppress(minute), ...hidden], [tick(11 * minute)]], { limits });
    expect(restore(stateOf(commits.slice(0, 1))).suppressions).toMatchObject([{ suppressed: 4, forgotten: 2 }]);
    expect(updatesOf(commits)[0]?.incident.findings.map(({ id }) => id)).toEqual(['c1', 'c3']);
    expect(answers(commits).at(-1)).toMatch(
      /2 conditions are still so and told now; 2 conditions are not told now, whether still so or not: too many/,
    );
  });

  it('is not kept when no value of the log could hold it', async () => {
    const commits = await run([[suppress(minute), begins('c', 2 * minute, { summary: 'x'.repeat(60_000) })]]);
    expect(restore(stateOf(commits))).toMatchObject({ hidden: [], suppressions: [{ forgotten: 1 }] });
  });
});

const step = fc.record({
  what: fc.constantFrom('begins', 'begins', 'ends', 'suppress', 'unsuppress', 'tick'),
  in: fc.constantFrom('web', 'db'),
  about: fc.integer({ min: 0, max: 2 }),
  minutes: fc.integer({ min: 0, max: 9 }),
});
interface Standing {
  readonly at: number;
  readonly rule: string;
  readonly in: string;
}

it('every condition that is so and that nothing hides stands open in an incident, since it began: restarted after each record', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      // What is so, and what hides it, told without incidents. A line that begins again has its newest beginning as `lastAt`.
      const standing = new Map<string, Standing>();
      const active = new Map<string, { readonly rule: string; readonly in: string; readonly until: number }>();
      let now = minute;
      const records = steps.map(({ what, in: on, about, minutes }, n): BusRecord => {
        now += minutes * minute + 1;
        const name = `${on}-${about}`;
        const about_ = rule(`rule-${about}`);
        if (what === 'begins') {
          const known = standing.get(name);
          standing.set(name, known ?? { at: now, rule: about_.rule.id, in: on });
          // The analyzer tells a condition once.
          if (known !== undefined) return tick(now);
          return begins(`f${n}`, now, { in: on, subject: name, summary: name, ...about_ });
        }
        if (what === 'ends') {
          standing.delete(name);
          return record(ended(`f${n}`, name, { in: on, at: now }), now);
        }
        if (what === 'suppress') {
          const until = now + (1 + minutes) * 3 * minute;
          active.set(`d-suppress-${now}`, { rule: about_.rule.id, in: on, until });
          return suppress(now, (1 + minutes) * 3, { rule: about_.rule.id, workload: `w-${on}` });
        }
        if (what === 'unsuppress') {
          const [id = 'none'] = [...active.keys()].slice(about);
          active.delete(id);
          return decided({ type: 'unsuppress', suppression: id }, now);
        }
        return tick(now);
      });
      let state = new Map<string, string>();
      for (const one of [...records, tick(now + 1)]) {
        const options = { quietMs: minute, reopenMs: 0, suppressionMs: 1_000 * minute };
        const stage = createIncidentStage(options)({ partition: 0, restored: state });
        state = applied(state, (await firstValueFrom(of(batch([one])).pipe(stage))).state);
      }
      const isHidden = (one: Standing): boolean =>
        [...active.values()].some(
          ({ rule: of_, in: on, until }) => of_ === one.rule && on === one.in && until > now + 1,
        );
      const open = restore(state).entries.flatMap(({ lines }) =>
        lines.flatMap(({ told: line }) => (line.endedAt === undefined ? [[line.summary, line.lastAt]] : [])),
      );
      const { hidden } = restore(state);
      const wanted = [...standing].filter(([, one]) => !isHidden(one));
      for (const [name, { at }] of wanted) expect(open).toContainEqual([name, at]);
      for (const { finding: one } of hidden as readonly { finding: Finding }[])
        expect(standing.get(one.subject ?? '')?.at).toBe(one.at);
      expect(hidden.length + open.length).toBe(standing.size);
    }),
    { numRuns: 150 },
  );
});
