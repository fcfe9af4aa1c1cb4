import { clip } from '../../shared/clip.ts';
import type { Incident } from '../../shared/incident.ts';
import type { IncidentLimits } from './limits.ts';

type Head = Pick<Incident, 'workload' | 'workloads'>;
type Listed = Pick<Head, 'workloads'>;

/** UTF-16 units of a name in the list, as in that of containers. */
const longestName = 80;

/**
 * The workloads of an incident with those of a finding, or of another incident; its own alone needs no list. What is in it stays, so that a route or a
 * filter that let the incident through goes on to do so: where it is full, no other one comes in.
 */
export function withWorkloadsOf(ours: Head, theirs: Head, limits: IncidentLimits): Listed {
  const known = workloadsOf(ours);
  const ids = new Set(known.map(({ id }) => id));
  const more = workloadsOf(theirs).filter(({ id }) => !ids.has(id));
  const workloads = [...known, ...more].slice(0, limits.containers);
  const isAlone = workloads.length < 2 && (ours.workload !== undefined || workloads.length === 0);
  return isAlone ? {} : { workloads };
}

const workloadsOf = ({ workload, workloads }: Head): NonNullable<Listed['workloads']> =>
  workloads ?? (workload === undefined ? [] : [named(workload)]);

const named = ({ id, name }: NonNullable<Head['workload']>): NonNullable<Head['workload']> => ({
  id: clip(id, longestName),
  name: clip(name.replace(/\p{Cc}/gu, ' '), longestName),
});
