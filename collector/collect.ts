import { Observable, retry, type Subscription, timer } from 'rxjs';
import type { Bus, NewRecord } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { messageOf } from '../shared/errors.ts';
import { encodeObservation, type Observation } from '../shared/observation.ts';
import type { Redactor } from '../shared/redact.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { Checkpoint } from './engine/feed.ts';
import { checkpointRecords } from './engine/state.ts';
import { redactObservation } from './redact.ts';
import type { Sensor } from './sensor.ts';
import { gapObservation } from './sensors/gaps.ts';

export interface CollectOptions {
  readonly bus: Bus;
  readonly telemetry: Telemetry;
  readonly redactor: Redactor;
  readonly partitions: number;
  now(): number;
}

/** Sensors → bounded queue → bus. Order of arrival is kept; a checkpoint is written when all before it is durable. */
export interface Collect {
  watch(sensor: Sensor): void;
  take(item: Observation | Checkpoint): void;
  /** Sensor name → `running` | `unavailable` | `failed`. */
  states(): Readonly<Record<string, string>>;
  /** Ends the sensors, writes what is queued. */
  stop(): Promise<void>;
}

const mostQueued = 50_000;
const batchSize = 1_000;
const longestPauseMs = 30_000;

type Item =
  | { readonly kind: 'observation'; readonly observation: Observation }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint };

export function createCollect(options: CollectOptions): Collect {
  const states = new Map<string, string>();
  const subscriptions: Subscription[] = [];
  const queue = createQueue(options);
  return {
    watch: (sensor) => {
      const setState = (state: string): void => void states.set(sensor.name, state);
      subscriptions.push(
        watched(sensor, { ...options, setState }).subscribe((observation) =>
          queue.put({ kind: 'observation', observation }),
        ),
      );
    },
    take: (item) =>
      queue.put(
        'cursor' in item ? { kind: 'checkpoint', checkpoint: item } : { kind: 'observation', observation: item },
      ),
    states: () => Object.fromEntries(states),
    stop: async () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      await queue.drain();
    },
  };
}

/** A sensor that fails is started again, later and later; one that cannot work here is asked again from time to time. */
function watched(
  sensor: Sensor,
  { telemetry, setState }: CollectOptions & { setState(state: string): void },
): Observable<Observation> {
  let told = '';
  const attempt = new Observable<Observation>((subscriber) => {
    const begin = async (): Promise<void> => {
      const reason = await sensor.available();
      if (subscriber.closed) return;
      if (reason !== undefined) {
        setState('unavailable');
        if (reason !== told) telemetry.happened({ name: 'sensorUnavailable', sensor: sensor.name, reason });
        told = reason;
        throw new Unavailable(reason);
      }
      told = '';
      setState('running');
      telemetry.happened({ name: 'sensorStarted', sensor: sensor.name });
      subscriber.add(sensor.observe().subscribe(subscriber));
    };
    begin().catch((error: unknown) => subscriber.error(error));
  });
  return attempt.pipe(
    retry({
      resetOnSuccess: true,
      delay: (error: unknown, count) => {
        if (!(error instanceof Unavailable)) {
          setState('failed');
          telemetry.happened({ name: 'sensorFailed', sensor: sensor.name, reason: messageOf(error) });
        }
        return timer(Math.min(1_000 * 2 ** (count - 1), longestPauseMs));
      },
    }),
  );
}

class Unavailable extends Error {}

interface Queue {
  put(item: Item): void;
  drain(): Promise<void>;
}

/** Appends at once when idle, and everything that came meanwhile in one go: latency when quiet, batches under load. */
function createQueue(options: CollectOptions): Queue {
  const { telemetry } = options;
  let items: Item[] = [];
  let running: Promise<void> | undefined;
  let dropped: { count: number; from: number; host: Observation['host'] } | undefined;
  telemetry.gauge('queue_records', 'Observations waiting to be appended to the log.', () => [{ value: items.length }]);

  const run = async (): Promise<void> => {
    // One turn later, so that all observations of one event go together.
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    for (let pause = 100; items.length > 0; ) {
      const batch = items.slice(0, batchSize);
      try {
        await append(batch, options);
        items = items.slice(batch.length);
        pause = 100;
      } catch (error) {
        telemetry.happened({ name: 'sensorFailed', sensor: 'log', reason: messageOf(error) });
        await new Promise((resolve) => setTimeout(resolve, pause));
        pause = Math.min(pause * 2, longestPauseMs);
      }
      if (dropped !== undefined && items.length < mostQueued / 2) tellDropped();
    }
    running = undefined;
  };
  const tellDropped = (): void => {
    if (dropped === undefined) return;
    const { count, from, host } = dropped;
    dropped = undefined;
    const text = `${count} observations did not fit into the queue`;
    const to = Math.trunc(options.now());
    items.push({
      kind: 'observation',
      observation: gapObservation(host, { from, to, reason: 'queue-full', scope: ['events'], lost: count, text }),
    });
  };
  return {
    put: (item) => {
      if (items.length >= mostQueued && item.kind === 'observation') {
        telemetry.happened({ name: 'observationDropped', reason: 'queue-full', count: 1 });
        const { at, host } = item.observation;
        dropped = { count: (dropped?.count ?? 0) + 1, from: dropped?.from ?? at, host };
        return;
      }
      items.push(item);
      running ??= run();
    },
    drain: async () => {
      await running;
    },
  };
}

async function append(
  batch: readonly Item[],
  { bus, redactor, telemetry, partitions, now }: CollectOptions,
): Promise<void> {
  const observations = batch.flatMap((item) =>
    item.kind === 'observation' ? [redactObservation(item.observation, redactor)] : [],
  );
  const records: NewRecord[] = observations.map((observation) => ({
    key: observation.host.id,
    value: encodeObservation(observation),
    at: observation.at,
  }));
  if (records.length > 0) await bus.append(topic.observations, records);
  for (const [kind, count] of countBy(observations)) telemetry.happened({ name: 'observationsAppended', kind, count });
  const checkpoint = merged(batch.flatMap((item) => (item.kind === 'checkpoint' ? [item.checkpoint] : [])));
  if (checkpoint !== undefined)
    await bus.append(topic.collectorState, checkpointRecords(checkpoint, { at: Math.trunc(now()), partitions }));
}

function merged(checkpoints: readonly Checkpoint[]): Checkpoint | undefined {
  const last = checkpoints.at(-1);
  if (last === undefined) return undefined;
  return { ...last, containers: new Map(checkpoints.flatMap(({ containers }) => [...containers])) };
}

function countBy(observations: readonly Observation[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of observations) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}
