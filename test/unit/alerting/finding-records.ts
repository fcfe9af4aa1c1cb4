import type { Batch, BusRecord, Commit, StateChange } from '../../../shared/bus/port.ts';
import { answerHeader, type DecisionAnswer, decisionHeader, type IncidentOrder } from '../../../shared/decision.ts';
import type { Finding, FindingRecord } from '../../../shared/finding.ts';
import type { IncidentUpdate } from '../../../shared/incident.ts';

const container = (name: string) => ({
  id: `${name}-id`,
  name,
  image: { name: 'nginx:1', id: 'sha256:1' },
  lineage: `lineage-${name}`,
});

/** A finding on container `web` of host `h1`, changed as the test says. `in: null` puts it on the host alone. */
export function finding(id: string, more: Partial<Finding> & { in?: string | null; title?: string } = {}): Finding {
  const { in: name = 'web', title = 'Docker socket mounted', ...rest } = more;
  return {
    id,
    at: 1_000,
    detectedAt: 1_001,
    kind: 'signature',
    nature: 'event',
    severity: 'high',
    rule: {
      id: 'rule-1',
      title,
      catalogue: ['MNT-01'],
      techniques: ['T1611'],
      tactics: ['privilege-escalation'],
      hash: 'r',
    },
    ruleSet: 'rules-1',
    summary: `${title} in ${name ?? 'host'}`,
    host: { id: 'h1', name: 'lab1' },
    ...(name === null ? {} : { container: container(name), workload: { id: `w-${name}`, name } }),
    observation: { id: `o-${id}`, kind: 'container_configuration', at: 1_000 },
    coverage: { tier: 'engine' },
    ...rest,
  };
}

export const rule = (id: string, title = id): Pick<Finding, 'rule'> => ({
  rule: { id, title, catalogue: ['X-01'], techniques: ['T1000'], tactics: ['discovery'], hash: 'r' },
});

export const told = (value: Finding): FindingRecord => ({ type: 'finding', finding: value });

/** The end of a condition that `finding(id, {subject})` told. */
export const ended = (id: string, subject: string, more: { in?: string; at?: number } = {}): FindingRecord => ({
  type: 'ended',
  id,
  subject,
  at: more.at ?? 2_000,
  host: { id: 'h1', name: 'lab1' },
  lineage: `lineage-${more.in ?? 'web'}`,
  reason: 'container destroyed',
});

/** Finding records as the bus hands them over; `logged` in milliseconds. A string is put as the value as it is. */
export function record(value: FindingRecord | string, logged: number, offset = logged): BusRecord {
  return {
    topic: 'findings',
    partition: 0,
    offset,
    key: 'h1',
    value: typeof value === 'string' ? value : JSON.stringify(value),
    headers: {},
    at: logged,
    logged,
  };
}

/** A decision of sam about host h1, as the API appends it; its id says when and what. */
export function decided(
  order: IncidentOrder,
  logged: number,
  more: { offset?: number; reason?: string } = {},
): BusRecord {
  const { offset = logged, reason = 'because' } = more;
  const host = { id: 'h1', name: 'lab1' };
  const actor = { name: 'sam', role: 'administer' };
  const decision = { id: `d-${order.type}-${offset}`, at: logged, host, actor, reason, order };
  return { ...record(JSON.stringify(decision), logged, offset), headers: { [decisionHeader]: '1' } };
}

export const tick = (logged: number): BusRecord => ({
  ...record('', logged),
  key: 'tick',
  value: null,
  headers: { 'moorwatch-tick': '1' },
});

export const batch = (records: readonly BusRecord[]): Batch => ({ topic: 'findings', partition: 0, records });

export function updatesOf(commits: readonly Commit[]): IncidentUpdate[] {
  return commits
    .flatMap((commit) => commit.outputs)
    .filter((output) => output.topic === 'incidents' && output.record.headers?.[answerHeader] === undefined)
    .map((output) => JSON.parse(output.record.value ?? '') as IncidentUpdate);
}

/** What became of decisions. */
export function answersOf(commits: readonly Commit[]): DecisionAnswer[] {
  return commits
    .flatMap((commit) => commit.outputs)
    .filter((output) => output.record.headers?.[answerHeader] !== undefined)
    .map((output) => JSON.parse(output.record.value ?? '') as DecisionAnswer);
}

/** The compacted topic: what a stage would be given after these changes. */
export function applied(state: ReadonlyMap<string, string>, changes: readonly StateChange[]): Map<string, string> {
  const next = new Map(state);
  for (const { key, value } of changes) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next;
}
