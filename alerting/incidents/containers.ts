import { clip } from '../../shared/clip.ts';
import type { Finding } from '../../shared/finding.ts';
import type { Incident } from '../../shared/incident.ts';
import type { IncidentLimits } from './limits.ts';

type Named = NonNullable<Incident['containers']>[number];
type Head = Pick<Incident, 'container' | 'containers' | 'moreContainers'>;
type Listed = Pick<Head, 'containers' | 'moreContainers'>;

/** What of an entry knows containers: by name, and the ids alone of some that left the list. */
interface Knowing {
  readonly head: Head;
  readonly containers: readonly string[];
}

/** UTF-16 units of a name in the list; the engine's names have at most 255, and most are short. */
const longestName = 80;

/** All containers of an incident, the one that it began with too. */
const containersOf = ({ container, containers }: Head): readonly Named[] =>
  containers ?? (container === undefined ? [] : [named(container)]);

/** The list with the container of one finding more. */
export const withContainer = (known: Knowing, { container }: Finding, limits: IncidentLimits): Listed =>
  withContainersOf(known, { head: { container }, containers: [] }, limits);

/**
 * The list of the older of two incidents with the containers of the younger; one container alone needs no list. What left the list and comes back
 * is in it again, and was counted already.
 */
export function withContainersOf(older: Knowing, younger: Knowing, limits: IncidentLimits): Listed {
  const known = idsOf(older);
  const both = [...idsOf(younger)].filter((id) => known.has(id)).length;
  const count = countOf(older.head) + countOf(younger.head) - both;
  if (count < 2) return {};
  const ours = containersOf(older.head);
  const ids = new Set(ours.map(({ id }) => id));
  const added = containersOf(younger.head).filter(({ id }) => !ids.has(id));
  const containers = [...ours, ...added].slice(-limits.containers);
  const gone = count - containers.length;
  return { containers, ...(gone > 0 && { moreContainers: gone }) };
}

const countOf = (head: Head): number => containersOf(head).length + (head.moreContainers ?? 0);

const idsOf = ({ head, containers }: Knowing): ReadonlySet<string> =>
  new Set([...containersOf(head).map(({ id }) => id), ...containers.map(clippedId)]);

const clippedId = (id: string): string => clip(id, longestName);

const named = ({ id, name }: NonNullable<Finding['container']> | Named): Named => ({
  id: clippedId(id),
  name: clip(name.replace(/\p{Cc}/gu, ' '), longestName),
});
