import { z } from 'zod';
import { createKeys } from './baselines/keys.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

/** Ids in one stored value (about 4.5 KB), and values per host: together the horizon. A commit rewrites only the value being filled. */
const chunkSize = 128;
const chunks = 64;
/** How many of a host's last observations are remembered: a fact that comes again within them is dropped, later it counts anew. */
export const seenHorizon = chunkSize * chunks;
const chunksPerPartition = chunks * 128;

const chunkSchema = z.object({ host: z.string(), number: z.number().int(), ids: z.array(z.string()), at: z.number() });
type Chunk = z.infer<typeof chunkSchema>;

/** Ids of the last observations of each host, kept in chunks so that remembering one more is a small write. */
export interface Seen {
  /** Whether the id is new for this host; remembers it. */
  isNew(host: string, id: string, now: number): boolean;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted'>;
}

export function createSeen(restored: Restored): Seen {
  const ids = new Map<string, { known: Set<string>; number: number }>();
  const forget = (chunk: Chunk): void => {
    const host = ids.get(chunk.host);
    for (const id of chunk.ids) host?.known.delete(id);
    if (host?.known.size === 0) ids.delete(chunk.host);
  };
  const table = createTable<Chunk>({
    ...restored,
    part: 'seen',
    parse: (value) => chunkSchema.parse(value),
    cap: chunksPerPartition,
    worth: (chunk) => chunk.at,
    onEvict: (_key, chunk) => forget(chunk),
  });
  const hostOf = (name: string): { known: Set<string>; number: number } => {
    const found = ids.get(name) ?? { known: new Set(), number: 0 };
    ids.set(name, found);
    return found;
  };
  const keys = createKeys((host, number) => entityKey(host, 'seen', number));
  const keyOf = (host: string, number: number): string => keys.of(host, String(number % chunks), '');
  for (const [, chunk] of table.all()) {
    const host = hostOf(chunk.host);
    host.number = Math.max(host.number, chunk.number);
    for (const id of chunk.ids) host.known.add(id);
  }

  return {
    isNew(name, id, now) {
      if (ids.get(name)?.known.has(id) === true) return false;
      let filling = table.get(keyOf(name, ids.get(name)?.number ?? 0));
      if (filling === undefined || filling.ids.length >= chunkSize) {
        const number = filling === undefined ? 0 : filling.number + 1;
        const oldest = table.get(keyOf(name, number));
        if (oldest !== undefined) forget(oldest);
        filling = { host: name, number, ids: [], at: now };
      }
      const host = hostOf(name);
      host.number = filling.number;
      host.known.add(id);
      // It grows in place: a copy of all its ids would be made for each of them.
      filling.ids.push(id);
      filling.at = now;
      table.set(keyOf(name, filling.number), filling);
      return true;
    },
    table,
  };
}
