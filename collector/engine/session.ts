import { messageOf } from '../../shared/errors.ts';
import type { HostRef } from '../../shared/observation.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { EngineClient } from './client.ts';
import { type EngineEvent, eventKey, parseEvent, sinceOf } from './event.ts';
import type { Checkpoint, Cursor, FeedItem, SnapshotAction } from './feed.ts';
import type { ExecRecord } from './find-exec.ts';
import { createInbox, type Inbox } from './inbox.ts';
import type { Inventory, KnownContainer } from './inventory.ts';
import { createLimiter } from './limiter.ts';
import { linesOf } from './lines.ts';
import { type PrepareContext, type Prepared, prepare } from './prepare.ts';
import { createReplayCheck } from './replay.ts';
import type { Resolver } from './resolve.ts';
import { type Census, reconcile, takeCensus } from './resync.ts';

/** What outlives one connection to an engine. */
export interface SessionMemory {
  readonly inventory: Inventory;
  cursor: Cursor | undefined;
  lastBeat: number | undefined;
  /** Keys of the latest events, for telling replays. */
  readonly recent: Set<string>;
  readonly execs: Map<string, ExecRecord>;
  /** When something was last heard of a container, our clock: an older census says nothing of it. */
  readonly touched: Map<string, number>;
}

export interface SessionOptions {
  readonly host: HostRef;
  readonly client: EngineClient;
  readonly resolver: Resolver;
  readonly memory: SessionMemory;
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
  | { readonly kind: 'census'; readonly census: Census; readonly mode: SnapshotAction };

/** How often a collector with nothing to do writes down that it lives. */
const beatMs = 5_000;
/** Shorter absences than two beats are not worth a word. */
const blindMs = 2 * beatMs;
const mostWaiting = 20_000;
const requestsAtOnce = 12;
/** A slow answer holds up the events behind it for so long at most; then the event goes without it. */
const patienceMs = 3_000;
const recentEvents = 2_000;

/** One connection: subscribe, take stock, then event after event in the engine's order. Resolves when stopped, rejects when the stream ends. */
export async function runSession(options: SessionOptions): Promise<void> {
  const { client, memory, signal, host, now, emit } = options;
  const ending = new AbortController();
  const until = AbortSignal.any([signal, ending.signal]);
  const inbox = createInbox<Job>(mostWaiting);
  const resumed = memory.cursor;
  memory.cursor ??= { nano: `${Math.trunc(now())}000000`, event: false };
  sayBlindness(options);
  const stream = await client.events(resumed === undefined ? undefined : sinceOf(resumed.nano), until);
  const replay = createReplayCheck({ cursor: resumed, host, now, emit });
  const read = readEvents(stream, { ...options, inbox, onEvent: replay.event });
  const first: SnapshotAction = resumed === undefined ? 'present' : 'resync';
  // Stock is taken while the replay arrives, and compared behind it: what the replay tells is not unknown.
  const takeStock = (mode: SnapshotAction): Promise<void> =>
    takeCensus(options).then((census) => {
      replay.settle();
      inbox.put({ kind: 'census', census, mode });
    });
  const timers = [
    setInterval(() => takeStock('poll').catch((error: unknown) => inbox.end(error)), options.resyncMs),
    setInterval(() => emit({ kind: 'checkpoint', checkpoint: checkpointOf(options, undefined) }), beatMs),
  ];
  takeStock(first).catch((error: unknown) => inbox.end(error));
  until.addEventListener('abort', () => inbox.end(), { once: true });
  let stage: SnapshotAction = first;
  try {
    for await (const job of inbox) {
      if (job.kind === 'event')
        await handleEvent(job, { ...options, found: stage === 'present' ? 'present' : 'resync' });
      else reconcile(job.census, { ...options, mode: job.mode });
      if (job.kind === 'census') stage = 'poll';
    }
  } finally {
    for (const timer of timers) clearInterval(timer);
    ending.abort();
    stream.destroy();
    await read;
  }
}

/** What was not watched while this collector was away, beside the events, which the engine may replay. */
function sayBlindness({ host, memory, emit, now, lostAt }: SessionOptions): void {
  const to = Math.trunc(now());
  const say = (
    from: number,
    reason: 'collector-stopped' | 'engine-unreachable',
    scope: readonly string[],
    what: string,
  ): void => {
    const text = `${what} for ${Math.round((to - from) / 1000)} s; ${scope.join(' and ')} of that time are unknown`;
    emit({ kind: 'gap', host, gap: { from, to, reason, scope, text } });
  };
  if (memory.lastBeat !== undefined && to - memory.lastBeat > blindMs)
    say(memory.lastBeat, 'collector-stopped', ['connections', 'resources'], 'the collector did not run');
  else if (lostAt !== undefined && to - lostAt > blindMs)
    say(lostAt, 'engine-unreachable', ['resources'], 'the engine did not answer');
  memory.lastBeat = undefined;
}

interface Reading extends SessionOptions {
  readonly inbox: Inbox<Job>;
  onEvent(event: EngineEvent): void;
}

/** Reads as fast as the engine sends, and asks for an event's facts at once; waiting is the inbox's. */
async function readEvents(stream: AsyncIterable<Buffer>, reading: Reading): Promise<void> {
  const { inbox, telemetry } = reading;
  const limit = createLimiter(requestsAtOnce);
  const context = prepareContext(reading);
  const malformed = (reason: string) =>
    telemetry.happened({ name: 'eventMalformed', place: 'engine event stream', reason });
  try {
    for await (const line of linesOf(stream, (length) => malformed(`a line of more than ${length} characters`))) {
      const event = parsed(line, malformed);
      if (event === undefined) continue;
      reading.onEvent(event);
      if (isReplay(event, reading.memory)) continue;
      const prepared = limit(() => patiently(event, prepare(event, context)));
      if (!inbox.put({ kind: 'event', event, prepared })) overflow(event, reading);
    }
    inbox.end(new Error('the event stream ended'));
  } catch (error) {
    inbox.end(error);
  }
}

function parsed(line: string, malformed: (reason: string) => void): EngineEvent | undefined {
  try {
    return parseEvent(line);
  } catch (error) {
    malformed(messageOf(error));
    return undefined;
  }
}

function isReplay(event: EngineEvent, { recent }: SessionMemory): boolean {
  const key = eventKey(event);
  if (recent.has(key)) return true;
  recent.add(key);
  const [oldest] = recent;
  if (recent.size > recentEvents && oldest !== undefined) recent.delete(oldest);
  return false;
}

function prepareContext({ client, resolver, memory, telemetry }: SessionOptions): PrepareContext {
  return {
    client,
    resolver,
    execs: memory.execs,
    knows: (id) => memory.inventory.get(id) !== undefined,
    labelKeys: (id) => memory.inventory.get(id)?.snapshot.container.label_keys ?? [],
    failed: (request, error) => telemetry.happened({ name: 'engineRequestFailed', request, reason: messageOf(error) }),
  };
}

async function patiently(event: EngineEvent, prepared: Promise<Prepared>): Promise<Prepared> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Prepared>((resolve) => {
    timer = setTimeout(() => resolve({ event, passwd: null }), patienceMs);
  });
  const first = await Promise.race([prepared, late]);
  clearTimeout(timer);
  return first;
}

function overflow(event: EngineEvent, { host, emit, telemetry }: Reading): void {
  telemetry.happened({ name: 'observationDropped', reason: 'queue-full', count: 1 });
  const text = `more than ${mostWaiting} events were waiting; this one was not taken`;
  emit({
    kind: 'gap',
    host,
    gap: { from: event.at, to: event.at, reason: 'queue-full', scope: ['events'], lost: 1, text },
  });
}

async function handleEvent(
  { prepared: waiting, event }: Extract<Job, { kind: 'event' }>,
  options: SessionOptions & { readonly found: 'present' | 'resync' },
): Promise<void> {
  const { memory, host, emit } = options;
  const prepared = await waiting;
  const id = event.type === 'network' ? (event.attributes.container ?? '') : event.actor;
  const before = memory.inventory.get(id);
  if (prepared.snapshot !== undefined) memory.inventory.learn(prepared.snapshot, prepared.inspect?.State?.Pid ?? 0);
  const learned = memory.inventory.get(id);
  // Its creation was not seen: it was there before, or the event was lost.
  if (before === undefined && learned !== undefined && event.action !== 'create') {
    emit({ kind: 'snapshot', host, known: learned, action: options.found, at: event.at, cause: event.nano });
  }
  memory.inventory.apply(event);
  memory.touched.set(id, options.now());
  const known = memory.inventory.get(id);
  emit({ kind: 'event', host, prepared, known, before });
  memory.cursor = { nano: event.nano, event: true };
  emit({ kind: 'checkpoint', checkpoint: checkpointOf(options, known !== before ? known : undefined) });
}

function checkpointOf({ host, memory }: SessionOptions, changed: KnownContainer | undefined): Checkpoint {
  const containers = new Map<string, KnownContainer | null>();
  if (changed !== undefined) containers.set(changed.id, changed);
  return { hostId: host.id, cursor: memory.cursor ?? { nano: '0', event: false }, containers };
}
