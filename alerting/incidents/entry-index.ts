import type { Entry } from './entry.ts';

/** By what an incident is found besides the group that it began with. */
export interface EntryIndex {
  /** Takes an entry in, out, or as it is now. */
  move(before: Entry | undefined, after: Entry | undefined): void;
  /** Entity of the incident that takes the findings of that group, when it is not the group's own. */
  member(entity: string): string | undefined;
  incident(id: string): string | undefined;
  /** Entity of the incident in which the one of that id goes on. */
  successor(id: string): string | undefined;
  /** Entities of the incidents with a container that made this one, or that this one made. */
  linked(
    host: string,
    link: { readonly container?: string | undefined; readonly creator?: string | undefined },
  ): string[];
}

export function createEntryIndex(): EntryIndex {
  const members = new Map<string, string>();
  const incidents = new Map<string, string>();
  const successors = new Map<string, string>();
  const containers = new Map<string, Set<string>>();
  const creators = new Map<string, Set<string>>();
  const keyOf = ({ head }: Entry, id: string): string => `${head.host.id}/${id}`;

  const add = (entry: Entry): void => {
    const { entity } = entry.group;
    incidents.set(entry.head.id, entity);
    for (const id of entry.head.merged ?? []) successors.set(id, entity);
    for (const member of entry.members) members.set(member, entity);
    for (const id of entry.containers) put(containers, keyOf(entry, id), entity);
    for (const id of entry.creators) put(creators, keyOf(entry, id), entity);
  };
  const drop = (entry: Entry): void => {
    const { entity } = entry.group;
    incidents.delete(entry.head.id);
    for (const id of entry.head.merged ?? []) if (successors.get(id) === entity) successors.delete(id);
    for (const member of entry.members) if (members.get(member) === entity) members.delete(member);
    for (const id of entry.containers) take(containers, keyOf(entry, id), entity);
    for (const id of entry.creators) take(creators, keyOf(entry, id), entity);
  };

  return {
    move: (before, after) => {
      // Most changes concern a line or a count.
      if (before !== undefined && after !== undefined && isFoundAlike(before, after)) return;
      if (before !== undefined) drop(before);
      if (after !== undefined) add(after);
    },
    member: (entity) => members.get(entity),
    incident: (id) => incidents.get(id),
    successor: (id) => successors.get(id),
    linked: (host, { container, creator }) => [
      ...(creator === undefined ? [] : (containers.get(`${host}/${creator}`) ?? [])),
      ...(container === undefined ? [] : (creators.get(`${host}/${container}`) ?? [])),
    ],
  };
}

const isFoundAlike = (a: Entry, b: Entry): boolean =>
  a.head.id === b.head.id &&
  a.head.merged === b.head.merged &&
  a.members === b.members &&
  a.containers === b.containers &&
  a.creators === b.creators;

function put(map: Map<string, Set<string>>, key: string, entity: string): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, new Set([entity]));
  else known.add(entity);
}

function take(map: Map<string, Set<string>>, key: string, entity: string): void {
  const known = map.get(key);
  known?.delete(entity);
  if (known?.size === 0) map.delete(key);
}
