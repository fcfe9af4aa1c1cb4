import { clip } from '../../shared/clip.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import type { IncidentLimits } from './limits.ts';

type Named = NonNullable<Incident['containers']>[number];
type Head = Pick<Incident, 'container' | 'containers' | 'moreContainers'>;
type Listed = Pick<Head, 'containers' | 'moreContainers'>;

/** UTF-16 units of a name in the list; the engine's names have at most 255, and most are short. */
const longestName = 80;

/** All containers of an incident, the one that it began with too. */
export const containersOf = ({ container, containers }: Head): readonly Named[] =>
  containers ?? (container === undefined ? [] : [named(container)]);

/** The list with the container of one finding more. */
export const withContainer = (head: Head, { container }: Finding, limits: IncidentLimits): Listed =>
  listed(head, container === undefined ? [] : [named(container)], limits);

/** The list of the older of two incidents with the containers of the younger. */
export const withContainersOf = (older: Head, younger: Head, limits: IncidentLimits): Listed => {
  const gone = (older.moreContainers ?? 0) + (younger.moreContainers ?? 0);
  return listed({ ...older, moreContainers: gone }, containersOf(younger), limits);
};

const named = ({ id, name }: NonNullable<Finding['container']> | Named): Named => ({
  id: clip(id, longestName),
  name: clip(name.replace(/\p{Cc}/gu, ' '), longestName),
});

/** One container alone needs no list. */
function listed(head: Head, more: readonly Named[], limits: IncidentLimits): Listed {
  const known = containersOf(head);
  const ids = new Set(known.map(({ id }) => id));
  const added = more.filter(({ id }) => !ids.has(id));
  const all = added.length === 0 ? known : [...known, ...added];
  if (all.length < 2) return {};
  const gone = (head.moreContainers ?? 0) + Math.max(0, all.length - limits.containers);
  return { containers: all.slice(-limits.containers), ...(gone > 0 && { moreContainers: gone }) };
}
