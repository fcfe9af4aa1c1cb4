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
}

interface CheckpointItem {
  readonly kind: 'checkpoint';
  readonly checkpoint: Checkpoint;
}

export type QueueItem = { readonly kind: 'observation'; readonly observation: Observation } | CheckpointItem;

export interface Queue {
  /** Never waits: what does not fit is dropped, counted, and told by a gap. */
  put(item: QueueItem): void;
  /** Resolves when everything in it is durable; what is not after `mostMs` is counted and left: the engine is asked for it again. */
  drain(mostMs?: number): Promise<void>;
}

const batchSize = 1_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;
const drainMs = 5_000;

/** Appends at once when idle, and everything that came meanwhile in one go: latency when quiet, batches under load. */
export function createQueue(options: QueueOptions): Queue {
  const { telemetry, most } = options;
  let items: QueueItem[] = [];
  let running: Promise<void> | undefined;
  /** So many of the first items are being written. */
  let appending = 0;
  let abandoned = false;
  const dropped = createDropped(options);
  telemetry.gauge('queue_records', 'Observations waiting to be appended to the log.', () => [{ value: items.length }]);

  const run = async (): Promise<void> => {
    // One turn later, so that all observations of one event go together.
    await Promise.resolve();
    for (let pause = firstPauseMs; items.length > 0 && !abandoned; ) {
      const batch = items.slice(0, batchSize);
      appending = batch.length;
      try {
        await appendObservations(batch, options);
        const checkpoint = merged(batch);
        // What is written is not written again when the state that rests on it is refused.
        items = [...checkpoint, ...items.slice(batch.length)];
        appending = checkpoint.length;
        await appendCheckpoint(checkpoint, options);
        items = items.slice(checkpoint.length);
        pause = firstPauseMs;
      } catch (error) {
        telemetry.happened({ name: 'sensorFailed', sensor: 'log', reason: messageOf(error) });
        appending = 0;
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, longestPauseMs);
      }
      if (items.length < most / 2) items.push(...dropped.gap());
    }
    appending = 0;
    running = undefined;
  };
  return {
    put: (item) => {
      if (item.kind === 'observation' && items.length >= most) {
        if (!isBeat(item)) return dropped.add(item.observation);
        // Late heartbeats say nothing: the newest takes the place of those that wait, and does not give way itself.
        items = items.filter((other, index) => index < appending || !isBeat(other));
      }
      const last = items.at(-1);
      // Also when full: checkpoints in a row are one.
      if (item.kind === 'checkpoint' && last?.kind === 'checkpoint' && items.length > appending)
        items[items.length - 1] = { kind: 'checkpoint', checkpoint: joined(last.checkpoint, item.checkpoint) };
      else items.push(item);
      running ??= run();
    },
    drain: async (mostMs = drainMs) => {
      const over = new AbortController();
      const late = delay(mostMs, undefined, { signal: over.signal }).catch(() => undefined);
      await Promise.race([running, late]);
      over.abort();
      abandoned = true;
      const count = items.filter(({ kind }) => kind === 'observation').length;
      if (count > 0) telemetry.happened({ name: 'observationDropped', reason: 'stopped', count });
    },
  };
}

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
    gap(): readonly QueueItem[] {
      if (all === undefined) return [];
      const { count: lost, from, to, host } = all;
      all = undefined;
      const text = `${lost} observations did not fit into the queue`;
      const gap = { from, to, reason: 'queue-full' as const, lost, scope: ['events'], text };
      return [{ kind: 'observation', observation: gapObservation(host, gap) }];
    },
  };
}

const isBeat = (item: QueueItem): boolean => item.kind === 'observation' && item.observation.kind === 'heartbeat';

/** @throws what the bus throws: nothing of the batch counts as written then */
async function appendObservations(batch: readonly QueueItem[], options: QueueOptions): Promise<void> {
  const { bus } = options;
  const made = batch.flatMap((item) => (item.kind === 'observation' ? recorded(item.observation, options) : []));
  if (made.length > 0)
    await bus.append(
      topic.observations,
      made.map(({ record }) => record),
    );
  report(
    made.map(({ observation }) => observation),
    options,
  );
}

/** Behind the observations that it rests on. @throws what the bus throws */
async function appendCheckpoint(items: readonly CheckpointItem[], options: QueueOptions): Promise<void> {
  const { bus, telemetry, partitions, now } = options;
  const state = items.flatMap(({ checkpoint }) => checkpointRecords(checkpoint, { at: Math.trunc(now()), partitions }));
  // A container too big for the log is found again by list and inspect after a restart.
  const fitting = state.filter((record) => fits(record, topic.collectorState));
  if (fitting.length < state.length)
    telemetry.happened({ name: 'observationDropped', reason: 'state-too-large', count: state.length - fitting.length });
  if (fitting.length > 0) await bus.append(topic.collectorState, fitting);
}

interface Recorded {
  readonly observation: Observation;
  readonly record: NewRecord;
}

/** Without secrets, and no larger than the log takes: the attacker chooses how long a command line is. */
function recorded(observation: Observation, { redactor, telemetry }: QueueOptions): readonly Recorded[] {
  const clean = redactObservation(observation, redactor);
  for (const candidate of clipObservation(clean)) {
    const record = observationRecord(candidate);
    if (fits(record, topic.observations)) return [{ observation: candidate, record }];
  }
  telemetry.happened({ name: 'observationDropped', reason: 'too-large', count: 1 });
  const { at: from, host, kind } = clean;
  const text = `a ${kind} observation was too large for the log`;
  const scope = ['events', 'exec'];
  const gap = gapObservation(host, { from, to: from, reason: 'sensor-failed', scope, lost: 1, text });
  return [{ observation: gap, record: observationRecord(gap) }];
}

function fits(record: NewRecord, of: string): boolean {
  try {
    recordBytes(record, of);
    return true;
  } catch (error) {
    if (error instanceof MalformedError) return false;
    throw error;
  }
}

function report(observations: readonly Observation[], { telemetry, now }: QueueOptions): void {
  const counts = new Map<string, number>();
  for (const { kind } of observations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const [kind, count] of counts) telemetry.happened({ name: 'observationsAppended', kind, count });
  const endMs = now();
  for (const { id, kind, at, event } of observations)
    if (event.time_nano !== undefined || event.source === 'inspect')
      telemetry.span({ traceId: id, name: 'observe', startMs: at, endMs, attributes: { 'moorwatch.kind': kind } });
}

/** The checkpoints of a batch as one, if there are any. */
function merged(batch: readonly QueueItem[]): readonly CheckpointItem[] {
  const checkpoints = batch.flatMap((item) => (item.kind === 'checkpoint' ? [item.checkpoint] : []));
  return checkpoints.length === 0 ? [] : [{ kind: 'checkpoint', checkpoint: checkpoints.reduce(joined) }];
}

const joined = (earlier: Checkpoint, later: Checkpoint): Checkpoint => ({
  ...later,
  containers: new Map([...earlier.containers, ...later.containers]),
});
