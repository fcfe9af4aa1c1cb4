import type { FeedItem } from '../../../collector/engine/feed.ts';
import { createHostFiles } from '../../../collector/engine/host-files.ts';
import type { KnownImage } from '../../../collector/engine/images/known-image.ts';
import { createMemory, type Memory } from '../../../collector/engine/memory.ts';
import { createResolver } from '../../../collector/engine/resolve.ts';
import { runSession } from '../../../collector/engine/session.ts';
import type { CollectorState } from '../../../collector/engine/state.ts';
import { createRedactor } from '../../../shared/redact.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';
import type { SmallEngine } from './small-engine.ts';

export const host = { id: 'HOST', name: 'anchor' };

export interface Connected {
  readonly items: FeedItem[];
  /** Resolves with the error that ended it, or undefined when it was stopped. */
  readonly ended: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** A session on a small engine, with a clock of the test's. */
export function connect(
  engine: SmallEngine,
  options: { memory?: Memory; now: () => number; lostAt?: number; resyncMs?: number },
): Connected {
  const { memory = createMemory({ containers: [] }), now, lostAt, resyncMs = 60_000 } = options;
  const items: FeedItem[] = [];
  const stopping = new AbortController();
  const redactor = createRedactor('key');
  const files = createHostFiles({ rootfs: '', procfs: '' });
  const { client } = engine;
  const ended = runSession({
    host,
    client,
    resolver: createResolver({ client, files, info: {}, hostId: host.id, enginePath: undefined, redactor }),
    memory,
    telemetry: noTelemetry,
    resyncMs,
    signal: stopping.signal,
    lostAt,
    now,
    emit: (item) => items.push(item),
  }).then(
    () => undefined,
    (error: unknown) => error,
  );
  return {
    items,
    ended,
    stop: () => {
      stopping.abort();
      return ended;
    },
  };
}

/** What a next collector would read of what this one left. */
export function leftBehind(items: readonly FeedItem[]): CollectorState {
  const containers = new Map<string, CollectorState['containers'][number]>();
  const images = new Map<string, KnownImage>();
  let state: Partial<CollectorState> = {};
  for (const item of items) {
    if (item.kind !== 'checkpoint') continue;
    for (const [id, known] of item.checkpoint.containers)
      if (known === null) containers.delete(id);
      else containers.set(id, known);
    for (const [ref, known] of item.checkpoint.images?.images ?? [])
      if (known === null) images.delete(ref);
      else images.set(ref, known);
    const { registries } = item.checkpoint.images ?? {};
    if (registries !== undefined) state = { ...state, registries };
    if (item.checkpoint.cursor !== undefined) state = { ...state, cursor: item.checkpoint.cursor };
  }
  return { ...state, images: [...images.values()], containers: [...containers.values()] };
}

/** One word or two for each item that is not a checkpoint: `event start`, `snapshot present`, `gap events-evicted`. */
export const told = (items: readonly FeedItem[]): readonly string[] =>
  items.flatMap((item) => {
    if (item.kind === 'event') return [`event ${item.prepared.event.action}`];
    if (item.kind === 'snapshot') return [`snapshot ${item.action}`];
    if (item.kind === 'gap') return [`gap ${item.gap.reason}`];
    return item.kind === 'vanished' || item.kind === 'image-moved' ? [item.kind] : [];
  });
