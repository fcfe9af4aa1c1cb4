import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import type { BusRecord } from '../../../../shared/bus/port.ts';
import { type Finding, severities, severityRank } from '../../../../shared/finding.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { hostWorkload } from '../../../../shared/workload.ts';
import { finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';
import { minute, run } from './run.ts';

const at = (id: string, logged: number, more: Parameters<typeof finding>[1] = {}): BusRecord =>
  record(told(finding(id, { at: logged, ...rule(`rule-${id}`, `Title ${id}`), ...more })), logged);
const titlesOf = (updates: readonly IncidentUpdate[]) =>
  updates.map(({ change, incident }) => [change, incident.title] as const);

describe('the title of an incident', () => {
  it('is about the worst finding, whichever came first', async () => {
    const updates = updatesOf(
      await run([
        [at('a', minute, { severity: 'medium' })],
        [at('b', 2 * minute, { severity: 'critical', ...rule('rule-b', 'Title b') })],
        [at('c', 3 * minute)],
      ]),
    );
    expect(titlesOf(updates)).toEqual([
      ['opened', 'web: Title a'],
      ['grown', 'web: Title b, and 1 more finding'],
      ['grown', 'web: Title b, and 2 more findings'],
    ]);
  });

  it('is about what opened it again, where that is as bad as all before, and not where it is less', async () => {
    const updates = updatesOf(
      await run([
        [at('a', minute)],
        [tick(20 * minute)],
        [at('b', 25 * minute)],
        [at('c', 26 * minute)],
        [tick(50 * minute)],
        [at('d', 55 * minute, { severity: 'low' })],
        [tick(80 * minute)],
        [at('e', 85 * minute, { severity: 'critical' })],
      ]),
    );
    expect(titlesOf(updates)).toEqual([
      ['opened', 'web: Title a'],
      ['closed', 'web: Title a'],
      ['reopened', 'web: Title b, and 1 more finding'],
      ['grown', 'web: Title b, and 2 more findings'],
      ['closed', 'web: Title b, and 2 more findings'],
      ['reopened', 'web: Title b, and 3 more findings'],
      ['closed', 'web: Title b, and 3 more findings'],
      ['reopened', 'web: Title e, and 4 more findings'],
    ]);
  });

  it('names the container of that finding where it is not the one that the incident began with', async () => {
    const inJob = { in: 'job', creator: 'web-id' };
    const updates = updatesOf(
      await run([
        [at('a', minute)],
        [at('b', 2 * minute, { ...inJob, severity: 'critical' })],
        [at('c', 3 * minute, inJob)],
      ]),
    );
    expect(titlesOf(updates).map(([, title]) => title)).toEqual([
      'web: Title a',
      'web: Title b in job, and 1 more finding',
      'web: Title b in job, and 2 more findings',
    ]);
  });

  it('is about the worst of two incidents that became one, and about what goes on where the older was closed', async () => {
    const link = { in: 'job', creator: 'web-id', severity: 'low' } as const;
    const worse = updatesOf(
      await run([
        [at('a', minute), at('b', 2 * minute, { in: 'job', severity: 'critical' })],
        [at('c', 3 * minute, link)],
      ]),
    );
    expect(worse.at(-1)?.incident.title).toBe('web: Title b in job, and 2 more findings');
    const closed = updatesOf(
      await run([
        [at('a', minute)],
        [tick(20 * minute)],
        [at('b', 21 * minute, { in: 'job' })],
        [at('c', 22 * minute, link)],
      ]),
    );
    expect(closed.at(-1)).toMatchObject({ change: 'reopened' });
    expect(closed.at(-1)?.incident.title).toBe('web: Title b in job, and 2 more findings');
  });

  it('is told at once when it changes, also where nothing else does: raised before, and no line left', async () => {
    const medium = { severity: 'medium' } as const;
    const updates = updatesOf(
      await run(
        [
          [at('a', minute, medium), at('b', minute + 1, { ...medium, coverage: { tier: 'procfs' } })],
          [at('c', minute + 2, { nature: 'condition', subject: 's' })],
        ],
        { limits: { ...defaultLimits, lines: 2 } },
      ),
    );
    expect(updates.map(({ change, incident }) => [change, incident.severity, incident.title])).toEqual([
      ['opened', 'high', 'web: Title a, and 1 more finding'],
      ['grown', 'high', 'web: Title c, and 2 more findings'],
    ]);
  });

  it('is of the container where a host’s own deviation names one, and of the host where it does not', async () => {
    const ofHost = { kind: 'deviation', workload: hostWorkload({ id: 'h1' }) } as const;
    const opened = updatesOf(await run([[at('a', minute, ofHost), at('b', minute + 1, { ...ofHost, in: null })]]));
    expect(opened.map(({ incident }) => [incident.title, incident.workload?.name])).toEqual([
      ['web: Title a', '@host'],
      ['Host lab1: Title b', '@host'],
    ]);
    const grown = updatesOf(await run([[at('a', minute, ofHost)], [at('b', 2 * minute, { severity: 'low' })]]));
    expect(grown.at(-1)?.incident).toMatchObject({
      title: 'web: Title a, and 1 more finding',
      workload: { id: 'w-web', name: 'web' },
      workloads: [ofHost.workload, { id: 'w-web', name: 'web' }],
    });
    const kept = updatesOf(await run([[at('a', minute)], [at('b', 2 * minute, ofHost)]]));
    expect(kept.at(-1)?.incident.workload?.name).toBe('web');
  });

  it('is that of the first of the worst findings since it was opened, whatever came and however the log is cut', async () => {
    const step = fc.record({
      severity: fc.constantFrom(...severities),
      wait: fc.constantFrom(1, 20 * minute),
      cut: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        let now = minute;
        let worst: Pick<Finding, 'severity' | 'id'> | undefined;
        const batches: BusRecord[][] = [[]];
        for (const [i, { severity, wait, cut }] of steps.entries()) {
          now += wait;
          const isAgain = wait > minute && i > 0;
          const by = severityRank(severity) - severityRank(worst?.severity ?? 'informational');
          if (worst === undefined || by > 0 || (by === 0 && isAgain)) worst = { id: `f${i}`, severity };
          batches.at(-1)?.push(at(`f${i}`, now, { severity, summary: `${i}` }));
          if (cut) batches.push([]);
        }
        const updates = updatesOf(await run([...batches, [tick(now + minute)]]));
        expect(new Set(updates.map(({ incident }) => incident.id)).size).toBe(1);
        expect(`${updates.at(-1)?.incident.title},`).toContain(`web: Title ${worst?.id},`);
      }),
      { numRuns: 200 },
    );
  });
});
