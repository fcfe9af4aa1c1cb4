import { from, lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../../../alerting/incidents/limits.ts';
import { createIncidentStage } from '../../../../alerting/incidents/stage.ts';
import type { BusRecord, Commit } from '../../../../shared/bus/port.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';
import { batch, ended, finding, record, rule, tick, told, updatesOf } from '../finding-records.ts';

const quietMs = 60_000;

/** Runs the batches through one assignment with nothing restored. */
function run(...batches: readonly (readonly BusRecord[])[]): Promise<Commit[]> {
  const stage = createIncidentStage({
    quietMs,
    reopenMs: 0,
    suppressionMs: 0,
    limits: { ...defaultLimits, pauseMs: 0 },
  })({ partition: 0, restored: new Map() });
  return lastValueFrom(from(batches.map(batch)).pipe(stage, toArray()));
}

const one = (value: Parameters<typeof told>[0], logged: number) => record(told(value), logged);

describe('the incident stage', () => {
  it('opens an incident that says where and what, under an id derived from host, lineage and finding', async () => {
    const [first] = updatesOf(await run([one(finding('f1'), 10)]));
    const [again] = updatesOf(await run([one(finding('f1'), 10)]));
    expect(first).toMatchObject({
      change: 'opened',
      finding: 'f1',
      incident: {
        version: 1,
        status: 'open',
        title: 'web: Docker socket mounted',
        severity: 'high',
        count: 1,
        findings: [{ id: 'f1', count: 1 }],
      },
    });
    expect(again).toEqual(first);
    expect(incidentUpdateSchema.parse(first)).toEqual(first);
  });

  it('belongs, with the record of its first update, to the trace of the finding that this names', async () => {
    const traced = (id: string, digit: string, more: object = {}) =>
      finding(id, { traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01`, ...more });
    const worse = { ...rule('rule-2', 'Shell started'), severity: 'critical' as const };
    const commits = await run(
      [one(traced('f1', 'a'), 10), one(traced('f2', 'b', worse), 10)],
      [one(traced('f3', 'c'), 20)],
    );
    const told = commits.flatMap(({ outputs }) =>
      outputs.map(({ record: { headers, value } }) => ({ headers, value })),
    );
    const traces = told.map(({ headers, value }) => {
      const { finding: named, incident } = incidentUpdateSchema.parse(JSON.parse(value ?? ''));
      return [named, headers?.traceparent?.slice(3, 5), incident.traceparent?.slice(3, 5)];
    });
    expect(traces).toEqual([
      ['f2', 'bb', 'bb'],
      ['f3', 'cc', 'bb'],
    ]);
  });

  it('grows by a line for another rule and counts equal findings in theirs', async () => {
    const commits = await run(
      [one(finding('f1'), 10)],
      [one(finding('f2', { at: 1_500 }), 20)],
      [one(finding('f3', { ...rule('rule-2', 'Shell started'), severity: 'critical' }), 30)],
    );
    const updates = updatesOf(commits);
    expect(updates.map(({ change, incident }) => [change, incident.version])).toEqual([
      ['opened', 1],
      ['grown', 2],
      ['grown', 3],
    ]);
    expect(updates.at(-1)?.incident).toMatchObject({
      severity: 'critical',
      title: 'web: Shell started, and 1 more finding (privilege escalation, discovery)',
      count: 3,
      tactics: ['privilege-escalation', 'discovery'],
      findings: [
        { id: 'f1', count: 2, firstAt: 1_000, lastAt: 1_500 },
        { id: 'f3', count: 1 },
      ],
    });
  });

  it('says of each update which lines it changed, and how', async () => {
    const of = (id: string, n: number, more: Parameters<typeof finding>[1] = {}) =>
      one(finding(id, { ...rule(`rule-${n}`), ...more }), 10 + n);
    const condition = { nature: 'condition', subject: 's' } as const;
    const updates = updatesOf(
      await run(
        [of('a', 1), of('b', 2), of('b2', 2)],
        [of('c', 3, condition), of('d', 4), of('a2', 1), of('d2', 4)],
        [record(ended('c', 's'), 30)],
        [of('e', 5, { nature: 'condition', subject: 't' }), record(ended('e', 't'), 31)],
      ),
    );
    expect(updates.map(({ lines }) => lines?.map(({ id, how }) => `${id} ${how}`))).toEqual([
      ['a new', 'b new'],
      ['a more', 'c new', 'd new'],
      ['c ended'],
      ['e new'],
    ]);
  });

  it('tells growth once per batch, however much there was', async () => {
    const many = Array.from({ length: 400 }, (_, i) => one(finding(`f${i}`), 10 + i));
    const updates = updatesOf(await run(many));
    expect(updates).toHaveLength(1);
    expect(updates[0]).toMatchObject({
      change: 'opened',
      finding: 'f0',
      incident: { count: 400, findings: [{ count: 400 }] },
    });
  });

  it('takes a finding once', async () => {
    const commits = await run([one(finding('f1'), 10)], [one(finding('f1'), 20)]);
    expect(updatesOf(commits)).toHaveLength(1);
    expect(commits[1]?.state).toEqual([]);
  });

  it('keeps containers apart, a container’s replacement together, and what concerns no container on the host', async () => {
    const replaced = { id: 'new-id', name: 'web', image: { name: 'nginx:1', id: 'sha256:1' }, lineage: 'lineage-web' };
    const updates = updatesOf(
      await run([
        one(finding('f1'), 10),
        one(finding('f2', { in: 'db' }), 11),
        one(finding('f3', { in: null }), 12),
        one(finding('f4', { container: replaced, ...rule('rule-2') }), 13),
      ]),
    );
    expect(updates.map(({ incident }) => incident.container?.id)).toEqual(['new-id', 'db-id', undefined]);
    expect(updates[2]?.incident.title).toBe('Host lab1: Docker socket mounted');
  });

  it('makes one posture incident of what was so before', async () => {
    const before = { posture: true, nature: 'condition' as const };
    const updates = updatesOf(
      await run([
        one(finding('f1', { ...before, subject: 'a' }), 10),
        one(finding('f2', { ...before, subject: 'b', in: 'db', severity: 'critical', title: 'Privileged' }), 11),
      ]),
    );
    expect(updates).toHaveLength(1);
    expect(updates[0]?.incident).toMatchObject({
      kind: 'posture',
      title: 'Posture of host lab1: 2 findings, worst: Privileged',
      findings: [{ id: 'f1' }, { id: 'f2' }],
    });
    expect(updates[0]?.incident.container).toBeUndefined();
  });

  it('opens nothing for a digest', async () => {
    expect(updatesOf(await run([one(finding('f1', { digest: true }), 10)]))).toEqual([]);
  });

  it('refuses what is no finding and goes on', async () => {
    const [commit] = await run([record('{"type":"finding"}', 9), record('not json', 10), one(finding('f1'), 11)]);
    const rejected = commit?.outputs.filter((o) => o.topic === 'rejected').map((o) => o.record.value ?? '') ?? [];
    expect(rejected).toHaveLength(2);
    expect(rejected[0]).toMatch(/"topic":"findings","partition":0,"offset":9,.*"not a finding: finding: /);
    expect(rejected[1]).toMatch(/"offset":10,.*"not JSON: /);
    expect(commit?.done).toBe(3);
    expect(updatesOf(commit === undefined ? [] : [commit])).toHaveLength(1);
  });
});

describe('closing', () => {
  const condition = (id: string, subject: string) => finding(id, { nature: 'condition', subject });

  it('waits for quiet and says when to wake', async () => {
    const [opened, early, late] = await run([one(finding('f1'), 10)], [tick(60_009)], [tick(60_010)]);
    expect(opened?.nextWake).toBe(60_010);
    expect(early?.outputs).toEqual([]);
    expect(updatesOf(late === undefined ? [] : [late])).toMatchObject([
      { change: 'closed', incident: { status: 'closed', closedAt: 60_010, closeReason: 'quiet', version: 2 } },
    ]);
    expect(late?.nextWake).toBeUndefined();
    expect(late?.state.every((change) => change.value === null)).toBe(true);
  });

  it('keeps an incident open while a condition is so, and closes at its end when it is quiet', async () => {
    const commits = await run(
      [one(condition('f1', 'socket of web'), 10)],
      [tick(900_000)],
      [record(ended('f1', 'socket of web', { at: 999_000 }), 1_000_000)],
    );
    expect(commits[0]?.nextWake).toBeUndefined();
    expect(updatesOf(commits).at(-1)).toMatchObject({
      change: 'closed',
      incident: {
        closedAt: 1_000_000,
        closeReason: 'its last condition ended and it is quiet',
        findings: [{ endedAt: 999_000 }],
      },
    });
  });

  it('waits out the quiet after the end of a fresh condition, and stays for one that is so again', async () => {
    const commits = await run(
      [one(condition('f1', 's'), 10)],
      [record(ended('f1', 's'), 20)],
      [one(condition('f2', 's'), 30)],
      [tick(10_000_000)],
    );
    expect(commits[1]?.nextWake).toBe(60_010);
    const last = updatesOf(commits).at(-1);
    expect(last).toMatchObject({ change: 'grown', incident: { status: 'open', findings: [{ count: 2 }] } });
    expect(last?.incident.findings[0]).not.toHaveProperty('endedAt');
  });

  it('ends conditions of the posture incident by their subject', async () => {
    const commits = await run(
      [one(finding('f1', { posture: true, nature: 'condition', subject: 's' }), 10)],
      [record(ended('f1', 's'), 500_000)],
    );
    expect(updatesOf(commits).at(-1)).toMatchObject({ change: 'closed', incident: { kind: 'posture' } });
  });

  it('opens another incident when something is found after the close', async () => {
    const updates = updatesOf(await run([one(finding('f1'), 10)], [one(finding('f2'), 100_000)]));
    expect(updates.map(({ change }) => change)).toEqual(['opened', 'closed', 'opened']);
    expect(updates[2]?.incident.id).not.toBe(updates[0]?.incident.id);
  });
});
