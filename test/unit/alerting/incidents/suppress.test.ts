import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import { restore } from '../../../../alerting/incidents/persist.ts';
import { cappedFields } from '../../../../analyzer/capped.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import type { Finding } from '../../../../shared/finding.ts';
import type { SuppressionScope } from '../../../../shared/suppression-scope.ts';
import { answersOf, applied, decided, finding, record, tick, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

const at = (id: string, logged: number, more: Parameters<typeof finding>[1] = {}): BusRecord =>
  record(told(finding(id, { at: logged, ...more })), logged);
const scope: SuppressionScope = { rule: 'rule-1', workload: 'w-web' };
const suppress = (logged: number, more: SuppressionScope = scope, minutes = 100): BusRecord =>
  decided({ type: 'suppress', scope: more, expiresAt: logged + minutes * minute }, logged);
const rows = (...catalogue: string[]): Pick<Finding, 'rule'> => ({ rule: { ...finding('').rule, catalogue } });
const kept = (commits: Awaited<ReturnType<typeof run>>) =>
  restore(commits.reduce((state, commit) => applied(state, commit.state), new Map<string, string>())).suppressions;

describe('a suppression', () => {
  it('keeps what fits out of incidents, counts it, and lets the rest pass', async () => {
    const commits = await run([
      [suppress(minute)],
      [at('f1', 2 * minute), at('f2', 3 * minute, { severity: 'critical' }), at('f1', 4 * minute)],
      [at('f3', 5 * minute, { in: 'db' })],
    ]);
    expect(updatesOf(commits).map(({ incident }) => incident.container?.name)).toEqual(['db']);
    expect(kept(commits)).toEqual([
      {
        id: `d-suppress-${minute}`,
        host: { id: 'h1', name: 'lab1' },
        scope,
        owner: 'sam',
        reason: 'because',
        createdAt: minute,
        expiresAt: 101 * minute,
        suppressed: 2,
        worst: 'critical',
        lastAt: 3 * minute,
        told: 0,
      },
    ]);
    expect(answersOf(commits)).toMatchObject([{ result: 'applied', made: { order: { type: 'suppress', scope } } }]);
  });

  it('shows in the incident how many findings it lacks, once that grows', async () => {
    const commits = await run([
      [at('f1', minute), suppress(2 * minute)],
      [at('f2', 3 * minute), at('f3', 4 * minute)],
      [at('f4', 5 * minute, { in: 'web', rule: { ...finding('').rule, id: 'other' } })],
    ]);
    expect(updatesOf(commits).map(({ incident }) => [incident.count, incident.suppressed])).toEqual([
      [1, undefined],
      [2, 2],
    ]);
  });

  it('is refused for a rule of which nothing can be hidden, as an incident shows', async () => {
    const of = async (more: Parameters<typeof finding>[1], host = 'h1') => {
      const order = suppress(2 * minute);
      const elsewhere = { ...order, value: order.value?.replace('"id":"h1"', `"id":"${host}"`) ?? '' };
      return answersOf(await run([[at('f1', minute, more), elsewhere]])).map(({ result, text }) => [result, text]);
    };
    const eva = { ...rows('EVA-01'), severity: 'low' } as const;
    const refusal = (row: string) => [
      [
        'refused',
        `it would hide nothing: Docker socket mounted is of ${row}, and NET-01, EXE-01, EVA-…, MON-… and critical findings of ESC-… are never hidden`,
      ],
    ];
    expect(await of(eva)).toEqual(refusal('EVA-01'));
    expect(await of({ ...rows('ESC-30'), severity: 'critical' })).toEqual(refusal('ESC-30'));
    // Another host, another severity another time, what can be hidden.
    for (const answer of [
      await of(eva, 'h2'),
      await of({ ...rows('ESC-30'), severity: 'critical', kind: 'deviation' }),
      await of({ ...rows('ESC-30'), severity: 'high' }),
      await of({ ...rows('MNT-01'), severity: 'critical' }),
    ])
      expect(answer).toMatchObject([['applied', expect.stringContaining('are never hidden')]]);
  });

  const near: [string, SuppressionScope][] = [
    ['rule', { ...scope, rule: 'rule-2' }],
    ['row', { row: 'CFG-01', workload: 'w-web' }],
    ['workload', { ...scope, workload: 'w-db' }],
    ['image', { ...scope, image: 'sha256:2' }],
    ['configuration', { ...scope, configuration: 'x' }],
    ['fields', { ...scope, fields: { 'process.name': 'sh' } }],
  ];
  it.each(near)('does not hide the near miss in its %s', async (_, missed) => {
    const seen = { id: 'o', kind: 'exec', at: 1, 'process.name': 'bash' };
    expect(
      updatesOf(await run([[suppress(minute, missed), at('f1', 2 * minute, { observation: seen })]])),
    ).toHaveLength(1);
  });

  it('hides by exact fields, and never by a value that may have been cut', async () => {
    const long = 'x'.repeat(1_024);
    const about = (fields: object): Partial<Finding> => ({ observation: { id: 'o', kind: 'exec', at: 1, ...fields } });
    const fields = { args: ['a', 'b'], uid: 0, 'process.command_line': 'sleep 1' };
    const exact = suppress(minute, { rule: 'rule-1', fields });
    const cut = suppress(2 * minute, { rule: 'rule-1', fields: { long: long.slice(0, 1_000) } });
    const commits = await run([
      [exact, cut, at('f1', 3 * minute, about(fields)), at('f2', 4 * minute, about({ ...fields, uid: 1 }))],
      [at('f3', 5 * minute, about({ long }))],
    ]);
    expect(updatesOf(commits).map(({ finding: id }) => id)).toEqual(['f2', 'f3']);
  });

  it('hides by a whole list, and never by the beginning of a longer one', async () => {
    const args = Array.from({ length: 32 }, (_, n) => `a${n}`);
    const about = (list: readonly string[]): Partial<Finding> => ({
      observation: { id: 'o', kind: 'exec', at: 1, ...cappedFields({ args: list }) },
    });
    const commits = await run([
      [suppress(minute, { rule: 'rule-1', fields: { args } }), at('f1', 2 * minute, about(args))],
      [at('f2', 3 * minute, about([...args, '--privileged']))],
    ]);
    expect(updatesOf(commits).map(({ finding: id }) => id)).toEqual(['f2']);
  });

  it.each([
    ['NET-01', 'medium'],
    ['EXE-01', 'low'],
    ['EVA-05', 'medium'],
    ['MON-02', 'high'],
    ['ESC-12', 'critical'],
  ] as const)('never hides %s (%s), and counts that it fitted', async (row, severity) => {
    const commits = await run([[suppress(minute), at('f1', 2 * minute, { ...rows('CFG-01', row), severity })]]);
    expect(updatesOf(commits)).toHaveLength(1);
    expect(kept(commits)).toMatchObject([{ suppressed: 0, told: 1 }]);
  });

  it.each([
    [{ row: 'NET-01', workload: 'w-web' }, /NET-01: .*never hidden/],
    [{ row: 'MON-03', workload: 'w-web' }, /never hidden/],
    [{ row: 'ESC-11', workload: 'w-web' }, /never hidden/],
    [{}, /too wide: name a rule or a row/],
    [{ workload: 'w-web' }, /too wide: name a rule or a row/],
    [{ image: 'sha256:1', configuration: 'x' }, /too wide: name a rule or a row/],
    [{ rule: 'rule-1' }, /too wide: name a workload/],
    [{ row: 'CFG-01', fields: {} }, /too wide: name a workload/],
  ] as const)('is refused for %j', async (wide, why) => {
    const commits = await run([[suppress(minute, wide)], [at('f1', 2 * minute)]]);
    const [answer] = answersOf(commits);
    expect(answer?.result).toBe('refused');
    expect(answer?.text).toMatch(why);
    expect(updatesOf(commits)).toHaveLength(1);
    expect(kept(commits)).toEqual([]);
  });

  it('is refused when it is to last longer than may be, is over, or is one too many', async () => {
    const limits = { ...defaultLimits, suppressions: 1 };
    const commits = await run(
      [[suppress(minute, scope, 1_006), suppress(2 * minute, scope, 0), suppress(3 * minute), suppress(4 * minute)]],
      { limits },
    );
    expect(answersOf(commits).map(({ result, text }) => `${result}: ${text}`)).toEqual([
      expect.stringMatching(/^refused: a suppression lasts at most 0.7 days/),
      'refused: its time is over already',
      expect.stringMatching(/^applied/),
      'refused: there are 1 suppressions already, as many as are kept',
    ]);
  });

  it('ends by record time, with a line in the audit log', async () => {
    const commits = await run([
      [suppress(minute, scope, 10), at('f1', 2 * minute)],
      [tick(11 * minute - 1)],
      [tick(11 * minute)],
      [at('f2', 12 * minute)],
    ]);
    expect(commits[0]?.nextWake).toBe(11 * minute);
    expect(answersOf(commits.slice(1, 2))).toEqual([]);
    expect(answersOf(commits.slice(2))).toMatchObject([
      {
        at: 11 * minute,
        text: 'its time is over; it hid 1 finding, high at worst',
        made: { actor: { name: 'moorwatch' }, order: { type: 'unsuppress', suppression: `d-suppress-${minute}` } },
      },
    ]);
    expect(updatesOf(commits)).toMatchObject([{ change: 'opened', finding: 'f2' }]);
    expect(kept(commits)).toEqual([]);
  });

  it('ends when somebody ends it, and there it is no more', async () => {
    const end = { type: 'unsuppress', suppression: `d-suppress-${minute}` } as const;
    const commits = await run([
      [suppress(minute)],
      [decided(end, 2 * minute)],
      [at('f1', 3 * minute), decided(end, 4 * minute)],
    ]);
    expect(
      answersOf(commits)
        .map(({ result, text }) => `${result}: ${text}`)
        .slice(1),
    ).toEqual(['applied: ended; it hid nothing', `refused: there is no suppression d-suppress-${minute} on lab1`]);
    expect(updatesOf(commits)).toHaveLength(1);
  });
});
