import { messageOf } from '../../shared/errors.ts';
import type { HostRef } from '../../shared/observation.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { absenceGap, beatMs } from './absence.ts';
import type { EngineClient } from './client.ts';
import type { EngineEvent } from './event.ts';
import type { FeedItem, Lineage, SnapshotAction } from './feed.ts';
import { createInbox, type Inbox } from './inbox.ts';
import type { KnownContainer } from './inventory.ts';
import { createKeyedLimiter } from './limiter.ts';
import { createLosses, type Losses } from './losses.ts';
import { cursorOf, type Memory } from './memory.ts';
import { configuring, type PrepareContext, type Prepared, prepare } from './prepare.ts';
import { readEvents } from './reading.ts';
import { createReplayCheck, type ReplayCheck } from './replay.ts';
import type { Resolver } from './resolve.ts';
import { type Census, type CensusMode, reconcile, takeCensus, unseenGap } from './resync.ts';
import { createUnended, type Unended } from './unended.ts';

export interface SessionOptions {
  readonly host: HostRef;
  readonly client: EngineClient;
  readonly resolver: Resolver;
  readonly memory: Memory;
  readonly telemetry: Telemetry;
  readonly resyncMs: number;
  readonly signal: AbortSignal;
  /** When the last connection to this engine was lost, in this process. */
  readonly lostAt: number | undefined;
  now(): number;
  emit(item: FeedItem): void;
}

type Job =
  | { readonly kind: 'event'; readonly prepared: Promise<Prepared>; readonly event: EngineEvent }
  | { readonly kind: 'late'; readonly prepared: Prepared }
  | { readonly kind: 'census'; readonly census: Census; readonly mode: CensusMode };

interface Session extends SessionOptions {
  readonly inbox: Inbox<Job>;
  readonly losses: Losses;
  readonly replay: ReplayCheck;
  readonly unended: Unended;
}

const mostWaiting = 20_000;
/** The engine sends what it remembers at once; the answer to a list request may still be quicker. */
const replayGraceMs = 250;

/**
 * One connection: subscribe, take stock, then event after event in the engine's order. Resolves when stopped, rejects when the stream ends;
 * everything that was read by then is handled.
 */
export async function runSession(options: SessionOptions): Promise<void> {
  const { client, memory, signal, host, now, emit } = options;
  const ending = new AbortController();
  const resumed = cursorOf(memory);
  const replay = createReplayCheck(resumed, now);
  const unended = watchExecs(options);
  const session: Session = {
    ...options,
    emit: withLineage(options),
    replay,
    unended,
    inbox: createInbox(mostWaiting),
    losses: createLosses(),
  };
  memory.began ??= { nano: `${Math.trunc(now())}000000`, event: false };
  const absence = absenceGap({ now: now(), lastBeat: memory.lastBeat, lostAt: options.lostAt });
  memory.lastBeat = undefined;
  if (absence !== undefined) emit({ kind: 'gap', host, gap: absence });
  const stream = await client.events(replay.since, AbortSignal.any([signal, ending.signal]));
  const stop = (): void => session.inbox.end();
  signal.addEventListener('abort', stop, { once: true });
  const reading = read(stream, session);
  const first: CensusMode = resumed === undefined ? 'present' : 'resync';
  const takeStock = createStockTaking(session);
  takeStock(first);
  const timers = [
    setInterval(() => takeStock('poll'), options.resyncMs),
    setInterval(() => {
      if (tellLosses(session)) takeStock('poll');
      checkpoint(session, memory.inventory.bury(now()));
    }, beatMs),
  ];
  try {
    await handleJobs(session, first);
  } finally {
    for (const timer of timers) clearInterval(timer);
    unended.close();
    signal.removeEventListener('abort', stop);
    ending.abort();
    stream.destroy();
    await reading;
    tellLosses(session);
  }
}

function read(stream: AsyncIterable<Buffer>, session: Session): Promise<void> {
  const { memory, replay } = session;
  const context = prepareContext(session);
  return readEvents<Job>(stream, {
    ...session,
    onEvent: (event) => {
      replay.event(event);
      return !memory.handled.has(event);
    },
    prepare: (event) => prepare(event, context),
    job: (event, prepared) => ({ kind: 'event', event, prepared }),
    late: (prepared) => ({ kind: 'late', prepared }),
  }).finally(replay.giveUp);
}

/** Stock is taken while the replay arrives, and compared behind it: what the replay tells is not unknown. One at a time. */
function createStockTaking(session: Session): (mode: CensusMode) => void {
  let busy = false;
  const take = async (mode: CensusMode): Promise<void> => {
    const census = await takeCensus(session, mode);
    if (mode === 'resync') await new Promise((resolve) => setTimeout(resolve, replayGraceMs));
    session.replay.settle();
    session.inbox.put({ kind: 'census', census, mode });
  };
  return (mode) => {
    if (busy) return;
    busy = true;
    take(mode)
      .catch((error: unknown) => {
        session.replay.giveUp();
        session.inbox.end(error);
      })
      .finally(() => {
        busy = false;
      });
  };
}

async function handleJobs(session: Session, first: CensusMode): Promise<void> {
  const { host, emit, replay, signal } = session;
  const stopped = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined), { once: true }),
  );
  const missed = await Promise.race([replay.verdict, stopped]);
  if (missed !== undefined) emit({ kind: 'gap', host, gap: missed });
  if (missed?.reason === 'engine-restarted') session.memory.inventory.doubtStarts();
  let stage = first;
  for await (const job of session.inbox) {
    if (job.kind === 'event') handleEvent(await job.prepared, { ...session, stage });
    else if (job.kind === 'late') handleLate(job.prepared, session);
    else {
      stockImages(job.census, session);
      reconcile(job.census, { ...session, mode: job.mode });
      session.memory.predecessors.know(session.memory.inventory.living());
      stage = 'poll';
    }
  }
}

/** Says of each container that is told of what is remembered of its image and its name; decided when it is told, in the engine's order. */
function withLineage({ emit, memory }: SessionOptions): (item: FeedItem) => void {
  const { images, predecessors } = memory;
  const lineageOf = (known: KnownContainer, isCreate: boolean): Lineage => ({
    image: images.of(known.snapshot.container),
    predecessor: isCreate ? predecessors.succeed({ ...known.snapshot.container, name: known.name }) : undefined,
  });
  return (item) => {
    if (item.kind === 'snapshot') emit({ ...item, lineage: lineageOf(item.known, item.action === 'create') });
    else if (item.kind === 'event' && item.known !== undefined && item.prepared.snapshot !== undefined)
      emit({ ...item, lineage: lineageOf(item.known, item.prepared.event.action === 'create') });
    else emit(item);
  };
}

function stockImages({ images, at }: Census, { memory, host, emit, telemetry }: Session): void {
  const containers = memory.inventory.living();
  if (images !== undefined)
    for (const image of memory.images.stock(images, { at, containers })) emit({ kind: 'image-moved', host, image, at });
  const evicted = { images: memory.images.takeEvicted(), names: memory.predecessors.takeEvicted() };
  for (const [part, count] of Object.entries(evicted))
    if (count > 0) telemetry.happened({ name: 'stateEvicted', part, count });
}

function handleEvent(prepared: Prepared, session: Session & { readonly stage: CensusMode }): void {
  const { memory, host, emit, stage, now } = session;
  const { event } = prepared;
  if (memory.handled.has(event)) return;
  const id = event.type === 'network' ? (event.attributes.container ?? '') : event.actor;
  const before = memory.inventory.get(id);
  const heard = memory.touched.has(id);
  if (prepared.snapshot !== undefined) memory.inventory.learn(prepared.snapshot, prepared.inspect?.State?.Pid ?? 0);
  const learned = memory.inventory.get(id);
  // Its creation was not seen: it was there before, or the event was lost.
  if (before === undefined && learned !== undefined && event.action !== 'create') {
    const action = stage === 'present' ? 'present' : 'resync';
    if (stage === 'poll' && !heard) emit({ kind: 'gap', host, gap: unseenGap(1, { memory, to: event.at }) });
    emit({ kind: 'snapshot', host, known: learned, action, at: event.at, cause: event.nano });
  }
  memory.inventory.apply(event);
  if (id !== '') memory.touched.set(id, now());
  const known = memory.inventory.get(id);
  const image = memory.images.apply(event, {
    inspect: prepared.image,
    // Few events are about images: looked up for those alone.
    get containers() {
      return memory.inventory.living();
    },
  });
  emit({ kind: 'event', host, prepared, known, before, image });
  if (event.action === 'exec_start' && prepared.exec !== undefined) session.unended.started(prepared.exec, event.at);
  memory.handled.add(event);
  checkpoint(session, known !== before && known !== undefined ? [known] : []);
}

/** The event went without its facts; now they are there. */
function handleLate(prepared: Prepared, session: Session): void {
  const { event, snapshot, inspect, exec } = prepared;
  const { memory, host, emit } = session;
  if (event.action === 'exec_start' && exec?.inspect !== undefined) {
    emit({ kind: 'exec-late', host, prepared, known: memory.inventory.get(event.actor) });
    session.unended.started(exec, event.at);
  }
  if (snapshot === undefined) return;
  const before = memory.inventory.get(snapshot.container.id);
  if (before?.destroyedAt !== undefined) return;
  const known = memory.inventory.learn(snapshot, inspect?.State?.Pid ?? 0);
  const action = configuring.has(event.action) ? (event.action as SnapshotAction) : 'resync';
  if (before?.snapshot.hash !== snapshot.hash)
    emit({ kind: 'snapshot', host, known, action, at: event.at, cause: event.nano });
  checkpoint(session, [known]);
}

function checkpoint({ host, memory, emit }: SessionOptions, changed: readonly (KnownContainer | string)[]): void {
  const containers = new Map(changed.map((known) => (typeof known === 'string' ? [known, null] : [known.id, known])));
  const images = memory.images.takeChanges();
  emit({ kind: 'checkpoint', checkpoint: { hostId: host.id, cursor: cursorOf(memory), containers, images } });
}

function tellLosses({ losses, host, emit }: Session): boolean {
  const gaps = losses.take();
  for (const gap of gaps) emit({ kind: 'gap', host, gap });
  return gaps.length > 0;
}

function watchExecs({ client, memory, host, telemetry, emit }: SessionOptions): Unended {
  return createUnended({
    client,
    execs: memory.execs,
    failed: (request, error) => telemetry.happened({ name: 'engineRequestFailed', request, reason: messageOf(error) }),
    refused: (exec, at) => emit({ kind: 'exec-refused', host, exec, known: memory.inventory.get(exec.container), at }),
  });
}

function prepareContext({ client, resolver, memory, telemetry, now }: SessionOptions): PrepareContext {
  return {
    now,
    client,
    resolver,
    execs: memory.execs,
    search: createKeyedLimiter(1),
    labelKeys: (id) => memory.inventory.get(id)?.snapshot.container.label_keys,
    failed: (request, error) => telemetry.happened({ name: 'engineRequestFailed', request, reason: messageOf(error) }),
  };
}
