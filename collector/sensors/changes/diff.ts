import type { FileFacts } from '../../../shared/facts/file.ts';
import type { HostRef, Observation } from '../../../shared/observation.ts';
import { observationId } from '../../../shared/observation-id.ts';
import type { EngineClient } from '../../engine/client.ts';
import { parseContainerInspect } from '../../engine/inspect-parse.ts';
import { containerAt, type KnownContainer } from '../../engine/inventory.ts';
import type { Activity } from './activity.ts';
import { entriesOf, rotatedPaths } from './entries.ts';
import { fileFacts } from './facts.ts';
import { type Looked, type ViewOptions, viewOf } from './look.ts';
import { contentOf, type SeenChanges, type SeenEntry } from './seen.ts';

export interface DiffContext extends ViewOptions {
  readonly client: Pick<EngineClient, 'inspectContainer' | 'changes'>;
  readonly host: HostRef;
  readonly activity: Activity;
  readonly seen: SeenChanges;
  /** Most entries that one diff tells. */
  readonly entries: number;
  now(): number;
}

export interface Diffed {
  readonly observations: readonly Observation[];
  /** Entries that were not looked at or not told. */
  readonly leftOut: number;
}

/** More of one diff are not looked at. */
const mostLooked = 2_000;
/** What changed longer ago is told as of now: what waits for it in the analyzer does not wait so long. */
const recentMs = 240_000;

interface Found extends SeenEntry {
  readonly changedAt: number | undefined;
  readonly image: Looked | null | undefined;
}

/** One diff of one container: what is new in it since the one before. Rejects when the engine does not answer. */
export async function diffOf(known: KnownContainer, context: DiffContext): Promise<Diffed> {
  const { activity, client, seen, entries: most } = context;
  const body = await client.inspectContainer(known.id);
  const items = body === undefined ? undefined : await client.changes(known.id);
  if (body === undefined || items === undefined) return { observations: [], leftOut: 0 };
  const entries = entriesOf(items);
  const found = await lookedUp(parseContainerInspect(body, `inspect of ${known.id.slice(0, 12)}`), {
    ...context,
    looked: entries.slice(0, mostLooked),
  });
  const last = new Map(found.map(({ entry: { path } }) => [path, seen.lastSize(known.id, path)]));
  const fresh = seen
    .fresh(known.id, found)
    .filter((one) => !isDirectoryOfOthers(one, (at) => activity.by(known.id, at)));
  const rotated = rotatedPaths(fresh.map(({ entry }) => entry));
  const told = fresh.slice(0, most);
  const leftOut = fresh.length - told.length + seen.grown(known.id, entries.length, mostLooked);
  const observations = told.map((one, index) =>
    observation(known, one, {
      ...context,
      leftOut: index === 0 ? leftOut : 0,
      lastSize: last.get(one.entry.path),
      isRotated: rotated.has(one.entry.path),
    }),
  );
  return { observations, leftOut };
}

/**
 * A directory is an entry where nothing else is left of what was done in it. One that the container made or used by itself it must be able to write in; of
 * what an exec or a copy did it says nothing.
 */
const isDirectoryOfOthers = ({ now, changedAt }: Found, by: (changedAt: number) => FileFacts['by']): boolean =>
  now?.type === 'directory' && (changedAt === undefined || by(changedAt) !== undefined);

async function lookedUp(
  inspect: ReturnType<typeof parseContainerInspect>,
  { looked, ...options }: ViewOptions & { readonly looked: ReturnType<typeof entriesOf> },
): Promise<readonly Found[]> {
  const view = await viewOf(inspect, options);
  const found: Found[] = [];
  // One after the other: nothing waits for it, and the threads that read files are few.
  for (const entry of looked) {
    const isGone = entry.change === 'deleted';
    const now = isGone ? undefined : await view.now(entry.path);
    const changedAt = isGone ? await view.deletedAt(entry.path) : now?.changedAt;
    const image = entry.change === 'changed' && now?.type === 'file' ? await view.image(entry.path) : undefined;
    found.push({ entry, now, changedAt, image });
  }
  return found;
}

interface Telling extends DiffContext {
  readonly leftOut: number;
  readonly lastSize: number | undefined;
  readonly isRotated: boolean;
}

function observation(known: KnownContainer, found: Found, telling: Telling): Observation {
  const { host, activity, now, leftOut } = telling;
  const { entry, changedAt } = found;
  const at = Math.trunc(now());
  const isRecent = changedAt !== undefined && changedAt <= at && at - changedAt < recentMs;
  const facts = fileFacts(entry, {
    ...found,
    ...telling,
    now: found.now,
    startedAt: known.startedAt,
    by: changedAt === undefined ? undefined : activity.by(known.id, changedAt),
  });
  const { path, change } = entry;
  return {
    id: observationId.file(host.id, { container: known.id, path, change, content: contentOf(found) }),
    kind: 'file',
    at: isRecent ? changedAt : at,
    event: { source: 'inspect', action: change },
    host,
    ...containerAt(known, at),
    file: leftOut > 0 ? { ...facts, left_out: leftOut } : facts,
  };
}
