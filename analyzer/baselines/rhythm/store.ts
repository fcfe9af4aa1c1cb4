import { z } from 'zod';
import type { Observation } from '../../../shared/observation.ts';
import { createTable, entityKey, type Restored, type Table } from '../../table.ts';
import type { Item } from '../feature.ts';
import { createKeys } from '../keys.ts';
import { itemKey } from '../memory.ts';
import { type Contacts, contactsOf, mostGaps } from './regular.ts';

const rhythmsPerPartition = 16_384;
/** Destinations of one container; the one not met for longest gives way. */
const destinationsPerContainer = 64;
/** One that was not met for so long has no rhythm any more (record time). */
const silentMs = 24 * 3_600_000;
/** Connections that lie so close together are one contact: a page is fetched over several. */
const sameMs = 10_000;

const rhythmSchema = z.object({
  host: z.string(),
  container: z.string(),
  /** Of the last contact: by its observation, and record time. */
  at: z.number(),
  seen: z.number(),
  /** Between contacts, s; oldest first. */
  gaps: z.array(z.number()).readonly(),
});
type Rhythm = Readonly<z.infer<typeof rhythmSchema>>;

/** When containers met their destinations lately. */
export interface Rhythms {
  /** One more contact; how they lie in time, once they are enough to say. */
  note(observation: Observation, destination: Item, now: number): Contacts | undefined;
  /** Drops those not met for long. */
  settle(now: number): void;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
}

export function createRhythms(restored: Restored): Rhythms {
  const keys = createKeys(
    (host, container) => entityKey(host, 'rhythms', container),
    (host, container, _name, destination) => entityKey(host, 'rhythm', container, destination),
  );
  const groupOf = ({ host, container }: Pick<Rhythm, 'host' | 'container'>): string => keys.of(host, container, '');
  const table = createTable<Rhythm>({
    ...restored,
    part: 'rhythm',
    parse: (value) => rhythmSchema.parse(value),
    cap: rhythmsPerPartition,
    worth: ({ seen }) => seen,
    groups: (rhythm) => [groupOf(rhythm)],
    sameGroups: () => true,
    wake: ({ seen }) => seen + silentMs,
  });
  const makeRoom = (group: string): void => {
    if (table.groupSize(group) < destinationsPerContainer) return;
    const [oldest] = table.group(group).toSorted(([, one], [, other]) => one.seen - other.seen);
    if (oldest !== undefined) table.delete(oldest[0]);
  };
  return {
    note({ host: { id: host }, container, at }, destination, now) {
      if (container === undefined) return undefined;
      const key = keys.part(host, container.id, '', itemKey(destination.key));
      const before = table.get(key);
      if (before === undefined) makeRoom(groupOf({ host, container: container.id }));
      const gap = before === undefined ? undefined : at - before.at;
      if (gap !== undefined && gap < sameMs && gap > -silentMs) return undefined;
      // A clock that went back has begun anew.
      const gaps = gap === undefined || gap < 0 ? [] : [...(before?.gaps ?? []).slice(1 - mostGaps), gap / 1_000];
      table.set(key, { host, container: container.id, at, seen: now, gaps });
      return contactsOf(gaps);
    },
    settle(now) {
      for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
    },
    table,
  };
}
