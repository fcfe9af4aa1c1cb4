import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import { answersOf, decided, ended, finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

const at = (id: string, logged: number, more: Parameters<typeof finding>[1] = {}): BusRecord =>
  record(told(finding(id, { at: logged, ...more })), logged);
const madeByWeb = { in: 'job', ...rule('rule-2', 'Made from a container'), creator: 'web-id' };

describe('containers that made each other', () => {
  it('share the incident of the one that has one already', async () => {
    const updates = updatesOf(
      await run([[at('f1', minute)], [at('f2', 2 * minute, madeByWeb)], [at('f3', 3 * minute, { in: 'job' })]]),
    );
    expect(updates.map(({ change, incident }) => [change, incident.count, incident.container?.name])).toEqual([
      ['opened', 1, 'web'],
      ['grown', 2, 'web'],
      ['grown', 3, 'web'],
    ]);
    expect(new Set(updates.map(({ incident }) => incident.id)).size).toBe(1);
  });

  it('name all of their workloads, also where the older has none; what is named stays', async () => {
    const workloadsOf = async (...records: readonly BusRecord[]) => {
      const incident = updatesOf(await run([records], { limits: { ...defaultLimits, containers: 3 } })).at(
        -1,
      )?.incident;
      return { one: incident?.workload?.name, all: incident?.workloads?.map(({ name }) => name) };
    };
    const job = at('f2', 2 * minute, madeByWeb);
    expect(await workloadsOf(at('f1', minute), at('f2', 2 * minute, rule('rule-2')))).toEqual({
      one: 'web',
      all: undefined,
    });
    expect(await workloadsOf(at('f1', minute), job)).toEqual({ one: 'web', all: ['web', 'job'] });
    const more = ['a', 'b'].map((name) => at(name, 3 * minute, { in: name, creator: 'web-id' }));
    expect(await workloadsOf(at('f1', minute), job, ...more)).toEqual({ one: 'web', all: ['web', 'job', 'a'] });
    const { workload: _, ...bare } = finding('f1', { at: minute });
    const merged = [record(told(bare), minute), at('f3', 2 * minute, { in: 'job' }), at('f2', 3 * minute, madeByWeb)];
    expect(await workloadsOf(...merged)).toEqual({ one: undefined, all: ['job'] });
  });

  it('share one that somebody works on again, when what goes on in it is critical and nobody has looked at it', async () => {
    const [opened, other] = updatesOf(await run([[at('f1', minute), at('f2', 2 * minute, { in: 'job' })]]));
    const acknowledge = (which: typeof opened, minutes: number) =>
      decided({ type: 'acknowledge', incident: which?.incident.id ?? '' }, minutes * minute);
    const critical = { severity: 'critical' } as const;
    const last = async (...more: readonly BusRecord[]) => {
      const commits = await run([
        [at('f1', minute, critical), at('f2', 2 * minute, { in: 'job', ...critical, ...rule('rule-3', 'Escape') })],
        [acknowledge(opened, 3), ...more, at('f3', 5 * minute, { ...madeByWeb, severity: 'low' })],
      ]);
      return updatesOf(commits).at(-1);
    };
    expect(await last()).toMatchObject({
      change: 'reopened',
      reason: 'it was acknowledged, and something else was found since: Escape',
      incident: { status: 'open', severity: 'critical' },
    });
    expect(await last(acknowledge(other, 4))).toMatchObject({ change: 'grown', incident: { status: 'acknowledged' } });
  });

  it('share it too when the one that made the other is found out later', async () => {
    const updates = updatesOf(await run([[at('f1', minute, madeByWeb)], [at('f2', 2 * minute)]]));
    expect(updates.map(({ change, incident }) => [change, incident.count, incident.container?.name])).toEqual([
      ['opened', 1, 'job'],
      ['grown', 2, 'job'],
    ]);
  });

  it('never merge with themselves, whoever made whom: every finding counts once, and what was merged is told no more', async () => {
    const name = fc.constantFrom('web', 'job', 'db', 'cache');
    const seen = fc.record({ in: name, by: fc.option(name, { nil: undefined }), isLater: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(seen, { maxLength: 12 }), async (all) => {
        let logged = minute;
        const batches = all.map(({ in: on, by, isLater }, n) => {
          logged += isLater ? 20 * minute : 1;
          return [at(`f${n}`, logged, { in: on, ...(by !== undefined && { creator: `${by}-id` }) })];
        });
        const last = new Map<string, ReturnType<typeof updatesOf>[number]>();
        for (const update of updatesOf(await run([...batches, [tick(logged + minute)]]))) {
          const { id, version } = update.incident;
          expect(last.get(id)?.change).not.toBe('merged');
          expect(version).toBe((last.get(id)?.incident.version ?? 0) + 1);
          last.set(id, update);
        }
        const counts = [...last.values()].map(({ change, incident }) => (change === 'merged' ? 0 : incident.count));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(all.length);
      }),
      {
        numRuns: 300,
        // A container that had an exec made in itself, and one that it had before.
        examples: [
          [
            [
              { in: 'web', by: 'web', isLater: false },
              { in: 'job', by: 'job', isLater: false },
              { in: 'job', by: 'web', isLater: false },
            ],
          ],
        ],
      },
    );
  });

  it('merge when the link appears: the younger goes on in the older one, which has all of both', async () => {
    const commits = await run([
      [at('f1', minute), at('f2', 2 * minute, { in: 'job', severity: 'critical', ...rule('rule-3', 'Escape') })],
      [at('f3', 3 * minute, { ...madeByWeb, severity: 'medium' })],
      [at('f4', 4 * minute, { in: 'job', ...rule('rule-3', 'Escape'), summary: 'again' })],
    ]);
    const updates = updatesOf(commits);
    expect(updates.map(({ change, incident }) => [change, incident.container?.name])).toEqual([
      ['opened', 'web'],
      ['opened', 'job'],
      ['grown', 'job'],
      ['merged', 'job'],
      ['grown', 'web'],
      ['grown', 'web'],
    ]);
    const [web, job] = updates;
    expect(updates[3]).toMatchObject({
      reason: `it goes on in incident ${web?.incident.id}`,
      incident: { id: job?.incident.id, status: 'closed', mergedInto: web?.incident.id, count: 2 },
    });
    expect(updates[4]?.incident).toMatchObject({
      status: 'open',
      severity: 'critical',
      count: 3,
      merged: [job?.incident.id],
      title: 'web: Escape in job, and 2 more findings (privilege escalation, discovery)',
    });
    expect(updates[4]?.incident.findings.map(({ id, count }) => [id, count])).toEqual([
      ['f1', 1],
      ['f2', 1],
      ['f3', 1],
    ]);
    expect(updates[5]?.incident.count).toBe(4);
    // What the younger told of itself is not told again.
    expect(updates.slice(3).map(({ lines }) => lines?.length)).toEqual([0, 0, 1]);
  });

  it('end conditions of either, and close together', async () => {
    const commits = await run([
      [at('f1', minute), at('f2', 2 * minute, { in: 'job', nature: 'condition', subject: 's' })],
      [at('f3', 3 * minute, madeByWeb)],
      [tick(30 * minute)],
      [record(ended('f2', 's', { in: 'job', at: 31 * minute }), 31 * minute)],
    ]);
    const last = updatesOf(commits).at(-1);
    expect(last).toMatchObject({ change: 'closed', incident: { container: { name: 'web' }, count: 3 } });
    expect(last?.incident.closeReason).toMatch(/last condition/);
  });

  it('open an acknowledged one again when the other is worse', async () => {
    const first = await run([[at('f1', minute)]]);
    const incident = updatesOf(first)[0]?.incident.id ?? '';
    const commits = await run([
      [at('f1', minute), decided({ type: 'acknowledge', incident }, 90_000)],
      [at('f2', 2 * minute, { in: 'job', severity: 'critical' })],
      [at('f3', 3 * minute, { ...madeByWeb, severity: 'low' })],
    ]);
    expect(updatesOf(commits).at(-1)).toMatchObject({
      change: 'reopened',
      reason: 'it was acknowledged and got worse: high before, critical now',
      incident: { id: incident, status: 'open' },
    });
  });

  it('open an acknowledged one again when both together are worse than either', async () => {
    const first = await run([[at('f1', minute, { severity: 'medium' })]]);
    const incident = updatesOf(first)[0]?.incident.id ?? '';
    const agrees = { in: 'job', severity: 'medium', ...rule('rule-3'), coverage: { tier: 'procfs' } } as const;
    const commits = await run([
      [at('f1', minute, { severity: 'medium' }), decided({ type: 'acknowledge', incident }, 90_000)],
      [at('f2', 2 * minute, agrees)],
      [at('f3', 3 * minute, { ...madeByWeb, severity: 'low' })],
    ]);
    const updates = updatesOf(commits);
    expect(updates.at(-1)).toMatchObject({
      change: 'reopened',
      reason: 'it was acknowledged and got worse: medium before, high now',
      incident: { id: incident, status: 'open', severity: 'high', reopened: 1, count: 3 },
    });
    expect(updates.at(-1)?.incident).not.toHaveProperty('acknowledgement');
  });

  it('stay as bad as the worse of them, whatever lines there is room for', async () => {
    const limits = { ...defaultLimits, lines: 2 };
    const noise = ['a', 'b'].map((summary, n) => at(`n${n}`, minute + n, { severity: 'low', summary }));
    const bad = (id: string, catalogue: string) => ({
      in: 'job',
      severity: 'medium' as const,
      rule: { ...rule(id).rule, catalogue: [catalogue] },
    });
    const commits = await run(
      [
        noise,
        [at('f1', 2 * minute, bad('eva', 'EVA-05')), at('f2', 2 * minute + 1, bad('rule-4', 'X-01'))],
        [at('f3', 3 * minute, { ...madeByWeb, severity: 'low' })],
      ],
      { limits },
    );
    const updates = updatesOf(commits);
    expect(updates.map(({ change, incident }) => [change, incident.severity])).toEqual([
      ['opened', 'low'],
      ['opened', 'high'],
      ['grown', 'high'],
      ['merged', 'high'],
      ['grown', 'high'],
    ]);
    // What gave way is as little lost as what never had room.
    expect(updates.at(-1)?.incident).toMatchObject({ findings: [{ id: 'f1' }, { id: 'f2' }], more: 3, count: 5 });
  });

  it('are all named in it: joined, merged, replaced; the oldest leave and are counted', async () => {
    const replaced = { id: 'web-2', name: 'web', image: { name: 'nginx:1', id: 'sha256:1' }, lineage: 'lineage-web' };
    const records = [
      at('f1', minute),
      at('f2', 2 * minute, madeByWeb),
      at('f3', 3 * minute, { in: 'db' }),
      at('f4', 4 * minute, { in: 'db', ...rule('rule-3'), creator: 'job-id' }),
      at('f5', 5 * minute, { container: replaced }),
    ];
    const [opened, ...others] = updatesOf(await run(records.map((one) => [one])));
    expect(opened?.incident).not.toHaveProperty('containers');
    const containers = [['web-id'], ['job-id'], ['db-id'], ['web-2']].map(([id = '']) => id);
    expect(others.at(-1)?.incident.containers?.map(({ id }) => id)).toEqual(containers);
    expect(others.at(-1)?.incident.container).toMatchObject({ id: 'web-2' });
    const limits = { ...defaultLimits, containers: 2 };
    expect(updatesOf(await run([records], { limits })).at(-1)?.incident).toMatchObject({
      containers: [{ id: 'db-id', name: 'db' }, { id: 'web-2' }],
      moreContainers: 2,
    });
  });

  it('are counted once, however often they come back', async () => {
    const jobs = Array.from({ length: 25 }, (_, n) => `job${n}`);
    const inTurn = Array.from({ length: 1_000 }, (_, n) =>
      at(`f${n}`, 2 * minute + n, { ...madeByWeb, in: jobs[n % jobs.length] ?? '' }),
    );
    const [last] = updatesOf(await run([[at('f', minute)], inTurn])).slice(-1);
    expect(last?.incident.count).toBe(1_001);
    expect(last?.incident.containers?.map(({ name }) => name)).toEqual(jobs.slice(5));
    expect(last?.incident.moreContainers).toBe(6);
  });

  it('are counted once when two lists become one', async () => {
    const limits = { ...defaultLimits, containers: 2 };
    const of = (by: string) =>
      [1, 2].map((n) => at(`${by}${n}`, (1 + n) * minute, { in: `${by}-job${n}`, creator: `${by}-id` }));
    const records = [at('f1', minute), at('f2', minute + 1, { in: 'db' }), ...of('web'), ...of('db')];
    const link = at('f3', 5 * minute, { in: 'db', ...rule('rule-2'), creator: 'web-id' });
    const updates = updatesOf(await run([records, [link]], { limits }));
    expect(updates.map(({ change, incident }) => [change, incident.moreContainers])).toEqual([
      ['opened', 1],
      ['opened', 1],
      ['grown', 1],
      ['merged', 1],
      ['grown', 4],
    ]);
  });

  it('name the incident in which it goes on to who decides about one that is no more, over several others', async () => {
    const opened = [at('f1', minute, { in: 'cache' }), at('f2', 2 * minute), at('f3', 3 * minute, { in: 'job' })];
    const ids = updatesOf(await run([opened])).map(idOf);
    const [cache = '', web = '', job = ''] = ids;
    const about = (incident: string, type: 'close' | 'note', n: number) => decided({ type, incident }, n * minute);
    const commits = await run([
      [...opened, at('f4', 4 * minute, madeByWeb), about(job, 'note', 5)],
      [at('f5', 6 * minute, { ...rule('rule-3'), creator: 'cache-id' })],
      [about(job, 'close', 7), about(web, 'note', 8), about(cache, 'close', 9), about(job, 'close', 10)],
    ]);
    const answers = answersOf(commits).map(({ result, text, successor }) => [result, text.split(':')[0], successor]);
    expect(answers).toEqual([
      ['refused', `it goes on in incident ${web}`, web],
      ['refused', `it goes on in incident ${cache}`, cache],
      ['refused', `it goes on in incident ${cache}`, cache],
      ['applied', 'closed', undefined],
      ['refused', `it goes on in incident ${cache}, which is closed`, cache],
    ]);
    expect(updatesOf(commits).at(-1)?.incident).toMatchObject({ id: cache, status: 'closed', merged: [job, web] });
  });

  it('keep apart from those of other hosts, and beyond the bound', async () => {
    const elsewhere = { ...madeByWeb, host: { id: 'h2', name: 'lab2' } };
    expect(new Set(updatesOf(await run([[at('f1', minute), at('f2', 2 * minute, elsewhere)]])).map(idOf)).size).toBe(2);
    const many = [1, 2, 3].map((n) => at(`f${n}`, (1 + n) * minute, { ...madeByWeb, in: `job${n}` }));
    const limits = { ...defaultLimits, members: 2 };
    expect(
      new Set(updatesOf(await run([[at('f0', minute)], ...many.map((one) => [one])], { limits })).map(idOf)).size,
    ).toBe(2);
  });
});

const idOf = ({ incident }: { readonly incident: { readonly id: string } }): string => incident.id;
