import { messageOf } from '../../shared/errors.ts';
import type { GapFacts, HostRef } from '../../shared/observation.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { EngineClient } from './client.ts';
import type { EngineEvent } from './event.ts';
import type { ContainerSnapshot } from './facts/snapshot.ts';
import type { FeedItem } from './feed.ts';
import type { ContainerInspect, ImageListItem } from './inspect-types.ts';
import type { KnownContainer } from './inventory.ts';
import { createLimiter } from './limiter.ts';
import { cursorOf, type Memory } from './memory.ts';
import type { Resolver } from './resolve.ts';

/** Everything that exists, as the engine says when asked for all of it. */
export interface Census {
  readonly at: number;
  readonly ids: ReadonlySet<string>;
  readonly containers: readonly Counted[];
  /** undefined: not asked for, or not to be had. */
  readonly images?: readonly ImageListItem[] | undefined;
}

interface Counted {
  readonly inspect: ContainerInspect;
  readonly snapshot: ContainerSnapshot;
}

export interface CensusOptions {
  readonly client: Pick<EngineClient, 'listContainers' | 'inspectContainer' | 'listImages'>;
  readonly resolver: Pick<Resolver, 'snapshot'>;
  readonly telemetry: Telemetry;
  now(): number;
}

const inspectsAtOnce = 4;
/** A container that young may simply have its event still under way. */
const youngMs = 2_000;

/** List, then inspect each. A container that cannot be inspected is left as it is known. Rejects when the list cannot be had. */
export async function takeCensus(
  { client, resolver, telemetry, now }: CensusOptions,
  mode: CensusMode,
): Promise<Census> {
  const at = Math.trunc(now());
  const limit = createLimiter(inspectsAtOnce);
  const failed = (request: string, error: unknown): void =>
    telemetry.happened({ name: 'engineRequestFailed', request, reason: messageOf(error) });
  // Names of images move by events; only what was missed has to be asked for.
  const listing =
    mode === 'poll' ? undefined : client.listImages().catch((error: unknown) => failed('list of images', error));
  const listed = await client.listContainers();
  const look = async (id: string): Promise<readonly Counted[]> => {
    try {
      const inspect = await client.inspectContainer(id);
      return inspect === undefined ? [] : [{ inspect, snapshot: await resolver.snapshot(inspect) }];
    } catch (error) {
      failed(`inspect of ${id.slice(0, 12)}`, error);
      return [];
    }
  };
  const containers = await Promise.all(listed.map(({ Id }) => limit(() => look(Id))));
  const images = await listing;
  return { at, ids: new Set(listed.map(({ Id }) => Id)), containers: containers.flat(), ...(images && { images }) };
}

/** `present`: the first look at a host; `resync`: after an absence; `poll`: in between. */
export type CensusMode = 'present' | 'resync' | 'poll';

export interface Reconciling {
  readonly memory: Memory;
  readonly host: HostRef;
  readonly mode: CensusMode;
  emit(item: FeedItem): void;
}

/** N12: brings what is known to what is there, and says what no event had said. */
export function reconcile(census: Census, options: Reconciling): void {
  const { memory, host, emit, mode } = options;
  const compared = census.containers.map((counted) => compare(counted, { ...options, at: census.at }));
  const lost = vanished(census, memory);
  for (const { id } of lost) memory.inventory.apply(gone(id, census.at));
  for (const known of lost) emit({ kind: 'vanished', host, known, at: census.at });
  const unseen = compared.filter((one) => one.unseen).length;
  if (unseen > 0 && mode !== 'present') emit({ kind: 'gap', host, gap: unseenGap(unseen, { memory, to: census.at }) });
  for (const [id, at] of memory.touched) if (at < census.at) memory.touched.delete(id);
  const changed = [
    ...compared.flatMap((one) => one.changed ?? []),
    ...lost.flatMap(({ id }) => memory.inventory.get(id) ?? []),
  ];
  const containers = new Map(changed.map((known) => [known.id, known]));
  memory.stocked = true;
  const images = memory.images.takeChanges();
  emit({ kind: 'checkpoint', checkpoint: { hostId: host.id, cursor: cursorOf(memory), containers, images } });
}

interface Compared {
  /** It exists and no event had said so. */
  readonly unseen: boolean;
  /** What has to be written down of it. */
  readonly changed?: KnownContainer;
}

function compare({ inspect, snapshot }: Counted, options: Reconciling & { readonly at: number }): Compared {
  const { memory, host, emit, mode, at } = options;
  const { id, created_at = 0 } = snapshot.container;
  const heard = memory.touched.get(id);
  const entry = memory.inventory.get(id);
  const diedJustNow = (entry?.destroyedAt ?? Number.NEGATIVE_INFINITY) > at - youngMs;
  if ((heard ?? Number.NEGATIVE_INFINITY) >= at || diedJustNow) return { unseen: false };
  const known = entry?.destroyedAt === undefined ? entry : undefined;
  const unseen = known === undefined && heard === undefined;
  if (unseen && mode !== 'present' && at - created_at < youngMs) return { unseen: false };
  const learned = memory.inventory.correct(snapshot, inspect.State?.Pid ?? 0);
  const same = known?.snapshot.hash === snapshot.hash && known.name === learned.name;
  // Told again once by every process: the rules may be others now, and conditions that were told stay silent.
  const again = memory.untold.delete(id);
  if (!same || again) {
    const cause = mode === 'present' ? 'present' : `poll:${known?.snapshot.hash ?? ''}:${at}`;
    const action = known === undefined && mode === 'poll' ? 'resync' : mode;
    emit({ kind: 'snapshot', host, known: learned, action, at, cause });
  }
  const unmoved = same && known.state === learned.state && known.startedAt === learned.startedAt;
  return unmoved && known.pid === learned.pid ? { unseen } : { unseen, changed: learned };
}

/** Known, not listed, and not so young or so lately heard of that its end may be just behind us in the stream. */
function vanished({ ids, at }: Census, { inventory, touched }: Memory): readonly KnownContainer[] {
  return inventory.living().filter(({ id, snapshot }) => {
    const heard = touched.get(id) ?? snapshot.container.created_at ?? 0;
    return !ids.has(id) && at - heard > youngMs;
  });
}

const gone = (id: string, at: number): EngineEvent => ({
  type: 'container',
  action: 'destroy',
  text: '',
  actor: id,
  attributes: {},
  scope: '',
  nano: '0',
  at,
});

/** The creation of containers was missed: everything since the last event that we know may have been. */
export function unseenGap(count: number, { memory, to }: { memory: Memory; to: number }): GapFacts {
  const from = Math.min(to, Number(BigInt(cursorOf(memory)?.nano ?? '0') / 1_000_000n));
  const text = `${count} container${count === 1 ? '' : 's'} found whose creation was not seen`;
  return { from, to, reason: 'unknown-container', scope: ['events'], lost: count, text };
}
