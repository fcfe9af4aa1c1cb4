import { setTimeout as delay } from 'node:timers/promises';
import type { NewRecord } from '../shared/bus/port.ts';
import { recordBytes } from '../shared/bus/record-size.ts';
import { topic } from '../shared/bus/topics.ts';
import { MalformedError, messageOf } from '../shared/errors.ts';
import type { Observation } from '../shared/observation.ts';
import type { Redactor } from '../shared/redact.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { clipObservation } from './clip.ts';
import type { Checkpoint } from './engine/feed.ts';
import type { ImagesChanges } from './engine/images/images.ts';
import { checkpointRecords } from './engine/state.ts';
import type { CollectorLog } from './log.ts';
import { observationRecord } from './observation-record.ts';
import { redactObservation } from './redact.ts';
import { gapObservation } from './sensors/gaps.ts';

export interface QueueOptions {
  readonly bus: Pick<CollectorLog, 'append'>;
  readonly telemetry: Telemetry;
  readonly redactor: Redactor;
  readonly partitions: number;
  now(): number;
  /** Most observations that may wait. */
  readonly most: number;
  /** Most bytes of records that may wait (default 32 MiB). */
  readonly mostBytes?: number;
}

interface CheckpointItem {
  readonly kind: 'checkpoint';
  readonly checkpoint: Checkpoint;
}

export type QueueItem = { readonly kind: 'observation'; readonly observation: Observation } | CheckpointItem;

/** An observation as it will be written; what it was made of is let go, so that `bytes` is what it takes while it waits. */
interface RecordItem extends Recorded {
  readonly kind: 'record';
  readonly bytes: number;
}

type Waiting = RecordItem | CheckpointItem;

export interface Queue {
  /** Never waits: what does not fit is dropped, counted, and told by a gap. */
  put(item: QueueItem): void;
  /** Resolves when everything in it is durable; what is not after `mostMs` is counted and left: the engine is asked for it again. */
  drain(mostMs?: number): Promise<void>;
}

const batchSize = 1_000;
/** An append copies what it is given. */
const batchBytes = 4 * 1_048_576;
/**
 * The attacker chooses how long a command line is, and a collector may have 256 MB. Text in other than western letters takes up to twice its
 * bytes in memory.
 */
const defaultMostBytes = 32 * 1_048_576;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const drainMs = 5_000;

/** Appends at once when idle, and everything that came meanwhile in one go: latency when quiet, batches under load. */
export function createQueue(options: QueueOptions): Queue {
  const { telemetry, most, mostBytes = defaultMostBytes } = options;
  const backlog = createBacklog(telemetry);
  let running: Promise<void> | undefined;
  /** So many of the first items are being written. */
  let appending = 0;
  let abandoned = false;
  const dropped = createDropped(options);

  const run = async (): Promise<void> => {
    // One turn later, so that all observations of one event go together.
    await Promise.resolve();
    for (let pause = firstPauseMs; backlog.items().length > 0 && !abandoned; ) {
      const batch = firstOf(backlog.items());
      appending = batch.length;
      try {
        await appendObservations(batch, options);
        const checkpoint = merged(batch);
        // What is written is not written again when the state that rests on it is refused.
        backlog.hold([...checkpoint, ...backlog.items().slice(batch.length)]);
        appending = checkpoint.length;
        await appendCheckpoint(checkpoint, options);
        backlog.hold(backlog.items().slice(checkpoint.length));
        pause = firstPauseMs;
      } catch (error) {
        telemetry.happened({ name: 'sensorFailed', sensor: 'log', reason: messageOf(error) });
        appending = 0;
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, longestPauseMs);
      }
      if (backlog.items().length < most / 2 && backlog.bytes() < mostBytes / 2)
        backlog.hold([...backlog.items(), ...dropped.gap().map((gap) => recordItem(gap, options))]);
    }
    appending = 0;
    running = undefined;
  };
  return {
    put: (item) => {
      if (item.kind === 'checkpoint') {
        const last = backlog.items().at(-1);
        // Also when full: checkpoints in a row are one.
        if (last?.kind === 'checkpoint' && backlog.items().length > appending)
          backlog.replaceLast({ kind: 'checkpoint', checkpoint: joined(last.checkpoint, item.checkpoint) });
        else backlog.push(item);
      } else {
        const { observation } = item;
        const beat = observation.kind === 'heartbeat';
        if (!beat && backlog.items().length >= most) return dropped.add(observation);
        const record = recordItem(observation, options);
        if (backlog.items().length >= most || backlog.bytes() + record.bytes > mostBytes) {
          if (!beat) return dropped.add(observation);
          // Late heartbeats say nothing: the newest takes the place of those that wait, and does not give way itself.
          backlog.hold(backlog.items().filter((other, index) => index < appending || !isBeat(other)));
        }
        backlog.push(record);
      }
      running ??= run();
    },
    drain: async (mostMs = drainMs) => {
      const over = new AbortController();
      const late = delay(mostMs, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([running, late]);
      over.abort();
      abandoned = true;
      const count = backlog.items().filter(({ kind }) => kind === 'record').length;
      if (count > 0) telemetry.happened({ name: 'observationDropped', reason: 'stopped', count });
    },
  };
}

/** What waits, and how many bytes that is. */
function createBacklog(telemetry: Telemetry) {
  let items: Waiting[] = [];
  let bytes = 0;
  telemetry.gauge('queue_records', 'Observations waiting to be appended to the log.', () => [{ value: items.length }]);
  telemetry.gauge('queue_bytes', 'Bytes of the observations waiting to be appended to the log.', () => [
    { value: bytes },
  ]);
  return {
    items: (): readonly Waiting[] => items,
    bytes: () => bytes,
    push: (item: Waiting): void => {
      items.push(item);
      bytes += bytesIn(item);
    },
    /** These, and nothing else. */
    hold: (waiting: readonly Waiting[]): void => {
      items = [...waiting];
      bytes = items.reduce((sum, item) => sum + bytesIn(item), 0);
    },
    /** The last becomes this. */
    replaceLast: (item: CheckpointItem): void => {
      items[items.length - 1] = item;
    },
  };
}

const bytesIn = (item: Waiting): number => (item.kind === 'record' ? item.bytes : 0);

/** What did not fit since it was told last. */
function createDropped({ telemetry }: QueueOptions) {
  let all: { count: number; from: number; to: number; host: Observation['host'] } | undefined;
  return {
    add({ at, host }: Observation): void {
      telemetry.happened({ name: 'observationDropped', reason: 'queue-full', count: 1 });
      const { count, from, to } = all ?? { count: 0, from: at, to: at };
      all = { count: count + 1, from: Math.min(from, at), to: Math.max(to, at), host };
    },
    /** The gap that tells of it, if there is something to tell. */
    gap(): readonly Observation[] {
      if (all === undefined) return [];
      const { count: lost, from, to, host } = all;
      all = undefined;
      const text = `${lost} observations did not fit into the queue`;
      const gap = { from, to, reason: 'queue-full' as const, lost, scope: ['events'], text };
      return [gapObservation(host, gap)];
    },
  };
}

const isBeat = (item: Waiting): boolean => item.kind === 'record' && item.told.kind === 'heartbeat';

/** As many as one append is to have; one at least. */
function firstOf(items: readonly Waiting[]): readonly Waiting[] {
  let bytes = 0;
  const end = items.findIndex((item, index) => {
    bytes += bytesIn(item);
    return index === batchSize || (index > 0 && bytes > batchBytes);
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** @throws what the bus throws: nothing of the batch counts as written then */
async function appendObservations(batch: readonly Waiting[], options: QueueOptions): Promise<void> {
  const { bus } = options;
  const made = batch.flatMap((item) => (item.kind === 'record' ? [item] : []));
  if (made.length > 0)
    await bus.append(
      topic.observations,
      made.map(({ record }) => record),
    );
  report(
    made.map(({ told }) => told),
    options,
  );
}

/** Behind the observations that it rests on. @throws what the bus throws */
async function appendCheckpoint(items: readonly CheckpointItem[], options: QueueOptions): Promise<void> {
  const { bus, telemetry, partitions, now } = options;
  const state = items.flatMap(({ checkpoint }) => checkpointRecords(checkpoint, { at: Math.trunc(now()), partitions }));
  // A container too big for the log is found again by list and inspect after a restart.
  const fitting = state.filter((record) => recordSize(record, topic.collectorState) !== undefined);
  if (fitting.length < state.length)
    telemetry.happened({ name: 'observationDropped', reason: 'state-too-large', count: state.length - fitting.length });
  if (fitting.length > 0) await bus.append(topic.collectorState, fitting);
}

/** What is told of an observation when it is written. */
type Told = Pick<Observation, 'id' | 'kind' | 'at' | 'event'>;

interface Recorded {
  readonly told: Told;
  readonly record: NewRecord;
}

/** Without secrets, and no larger than the log takes. */
function recordItem(observation: Observation, { redactor, telemetry }: QueueOptions): RecordItem {
  const clean = redactObservation(observation, redactor);
  for (const candidate of clipObservation(clean)) {
    const item = fitting(candidate);
    if (item !== undefined) return item;
  }
  telemetry.happened({ name: 'observationDropped', reason: 'too-large', count: 1 });
  const { at: from, host, kind } = clean;
  const text = `a ${kind} observation was too large for the log`;
  const scope = ['events', 'exec'];
  const gap = gapObservation(host, { from, to: from, reason: 'sensor-failed', scope, lost: 1, text });
  const item = fitting(gap);
  if (item === undefined) throw new Error('a gap is larger than the log takes');
  return item;
}

/** Undefined when it is larger than the log takes. */
function fitting(observation: Observation): RecordItem | undefined {
  const record = observationRecord(observation);
  const bytes = recordSize(record, topic.observations);
  const { id, kind, at, event } = observation;
  return bytes === undefined ? undefined : { kind: 'record', told: { id, kind, at, event }, record, bytes };
}

/** Undefined when it is larger than the log takes. */
function recordSize(record: NewRecord, of: string): number | undefined {
  try {
    return recordBytes(record, of);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

function report(observations: readonly Told[], { telemetry, now }: QueueOptions): void {
  const counts = new Map<string, number>();
  for (const { kind } of observations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) telemetry.happened({ name: 'observationsAppended', kind, count });
  const endMs = now();
  for (const { id, kind, at, event } of observations)
    if (event.time_nano !== undefined || event.source === 'inspect')
      telemetry.span({ traceId: id, name: 'observe', startMs: at, endMs, attributes: { 'moorwatch.kind': kind } });
}

/** The checkpoints of a batch as one, if there are any. */
function merged(batch: readonly Waiting[]): readonly CheckpointItem[] {
  const checkpoints = batch.flatMap((item) => (item.kind === 'checkpoint' ? [item.checkpoint] : []));
  return checkpoints.length === 0 ? [] : [{ kind: 'checkpoint', checkpoint: checkpoints.reduce(joined) }];
}

/** Of an image the later word counts. */
function joinedImages(earlier: Checkpoint['images'], later: Checkpoint['images']): Pick<Checkpoint, 'images'> {
  if (earlier === undefined || later === undefined)
    return earlier || later ? { images: (later ?? earlier) as ImagesChanges } : {};
  const registries = later.registries ?? earlier.registries;
  const images = new Map([...earlier.images, ...later.images]);
  return { images: { images, ...(registries === undefined ? {} : { registries }) } };
}

const joined = (earlier: Checkpoint, later: Checkpoint): Checkpoint => ({
  hostId: later.hostId,
  cursor: later.cursor ?? earlier.cursor,
  containers: new Map([...earlier.containers, ...later.containers]),
  ...joinedImages(earlier.images, later.images),
  notes: new Map([...(earlier.notes ?? []), ...(later.notes ?? [])]),
});
