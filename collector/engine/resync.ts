import { messageOf } from '../../shared/errors.ts';
import type { ContainerSnapshot } from './facts/snapshot.ts';
import type { FeedItem, SnapshotAction } from './feed.ts';
import type { ContainerInspect } from './inspect-types.ts';
import type { KnownContainer } from './inventory.ts';
import { createLimiter } from './limiter.ts';
import type { SessionOptions } from './session.ts';

/** Everything that exists, as the engine says when asked for all of it. */
export interface Census {
  readonly at: number;
  readonly ids: ReadonlySet<string>;
  readonly containers: readonly { readonly inspect: ContainerInspect; readonly snapshot: ContainerSnapshot }[];
}

const inspectsAtOnce = 4;
/** A container that young may simply have its event still under way. */
const youngMs = 2_000;

/** List, then inspect each. A container that cannot be inspected is left as it is known. */
export async function takeCensus({ client, resolver, telemetry, now }: SessionOptions): Promise<Census> {
  const at = now();
  const limit = createLimiter(inspectsAtOnce);
  const listed = await client.listContainers();
  const containers = await Promise.all(
    listed.map(({ Id }) =>
      limit(async () => {
        try {
          const inspect = await client.inspectContainer(Id);
          return inspect === undefined ? [] : [{ inspect, snapshot: await resolver.snapshot(inspect) }];
        } catch (error) {
          telemetry.happened({
            name: 'engineRequestFailed',
            request: `inspect of ${Id.slice(0, 12)}`,
            reason: messageOf(error),
          });
          return [];
        }
      }),
    ),
  );
  return { at, ids: new Set(listed.map(({ Id }) => Id)), containers: containers.flat() };
}

/** N12: brings what is known to what is there, and says what no event had said. */
export function reconcile(census: Census, options: SessionOptions & { readonly mode: SnapshotAction }): void {
  const { memory, host, emit, mode } = options;
  const changed = new Map<string, KnownContainer | null>();
  let unknown = 0;
  for (const { inspect, snapshot } of census.containers) {
    const known = memory.inventory.get(snapshot.container.id);
    const outdated = (memory.touched.get(snapshot.container.id) ?? 0) >= census.at;
    if (outdated || known?.destroyedAt !== undefined) continue;
    if (known !== undefined && known.snapshot.hash === snapshot.hash) {
      changed.set(known.id, memory.inventory.learn(snapshot, inspect.State?.Pid ?? 0));
      continue;
    }
    if (known === undefined && mode !== 'present') {
      if (census.at - (snapshot.container.created_at ?? 0) < youngMs) continue;
      unknown += 1;
    }
    const learned = memory.inventory.learn(snapshot, inspect.State?.Pid ?? 0);
    changed.set(learned.id, learned);
    const cause = mode === 'present' ? 'present' : `poll:${known?.snapshot.hash ?? ''}:${census.at}`;
    emit({
      kind: 'snapshot',
      host,
      known: learned,
      action: known === undefined && mode === 'poll' ? 'resync' : mode,
      at: census.at,
      cause,
    });
  }
  for (const known of vanished(census, memory.inventory.living())) {
    memory.inventory.apply({
      type: 'container',
      action: 'destroy',
      text: '',
      actor: known.id,
      attributes: {},
      scope: '',
      nano: '0',
      at: census.at,
    });
    changed.set(known.id, null);
    emit({ kind: 'vanished', host, known, at: census.at });
  }
  memory.touched.clear();
  if (unknown > 0) emit(unknownGap(unknown, census.at, options));
  emit({
    kind: 'checkpoint',
    checkpoint: { hostId: host.id, cursor: memory.cursor ?? { nano: '0', event: false }, containers: changed },
  });
}

/** Known, not listed, and old enough that its removal is not just behind us in the stream. */
function vanished({ ids, at }: Census, living: readonly KnownContainer[]): readonly KnownContainer[] {
  return living.filter(({ id, snapshot }) => !ids.has(id) && at - (snapshot.container.created_at ?? 0) > youngMs);
}

function unknownGap(count: number, at: number, { host, memory }: SessionOptions): FeedItem {
  const from = Math.min(at, Number(BigInt(memory.cursor?.nano ?? '0') / 1_000_000n));
  const text = `${count} container${count === 1 ? '' : 's'} found whose creation was not seen`;
  return {
    kind: 'gap',
    host,
    gap: { from, to: at, reason: 'unknown-container', scope: ['events'], lost: count, text },
  };
}
