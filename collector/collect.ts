import { Observable, retry, type Subscription, timer } from 'rxjs';
import { messageOf } from '../shared/errors.ts';
import type { HostRef, Observation } from '../shared/observation.ts';
import type { Checkpoint } from './engine/feed.ts';
import { createQueue, type QueueOptions } from './queue.ts';
import type { Sensor } from './sensor.ts';
import { gapObservation } from './sensors/gaps.ts';

export interface CollectOptions extends QueueOptions {
  /** Whose gap it is when a sensor fails; undefined: not known yet. */
  host(): HostRef | undefined;
}

/** Sensors → bounded queue → bus. Order of arrival is kept; a checkpoint is written when all before it is durable. */
export interface Collect {
  watch(sensor: Sensor): void;
  take(item: Observation | Checkpoint): void;
  /** Sensor name → `running` | `unavailable` | `failed`. */
  states(): Readonly<Record<string, string>>;
  /** Sensors that ran and do not now, each with when it stopped, ms. */
  stopped(): Readonly<Record<string, number>>;
  /** Ends the sensors, writes what is queued. */
  stop(): Promise<void>;
}

const firstPauseMs = 1_000;
const longestPauseMs = 30_000;

export function createCollect(options: CollectOptions): Collect {
  const states = new Map<string, string>();
  const stopped = new Map<string, number>();
  const subscriptions: Subscription[] = [];
  const queue = createQueue(options);
  const put = (observation: Observation): void => queue.put({ kind: 'observation', observation });
  return {
    watch: (sensor) => {
      const setState = (state: string): void => {
        if (state === 'running') stopped.delete(sensor.name);
        else if (states.get(sensor.name) === 'running') stopped.set(sensor.name, Math.trunc(options.now()));
        states.set(sensor.name, state);
      };
      subscriptions.push(watched(sensor, { ...options, setState, put }).subscribe(put));
    },
    take: (item) => ('cursor' in item ? queue.put({ kind: 'checkpoint', checkpoint: item }) : put(item)),
    states: () => Object.fromEntries(states),
    stopped: () => Object.fromEntries(stopped),
    stop: async () => {
      for (const subscription of subscriptions) subscription.unsubscribe();
      await queue.drain();
    },
  };
}

interface Watching extends CollectOptions {
  setState(state: string): void;
  put(observation: Observation): void;
}

/**
 * A sensor that fails is started again, at once the first time, then later and later; what it did not see meanwhile is a gap. One that cannot
 * work here is asked again from time to time.
 */
function watched(sensor: Sensor, { telemetry, setState, host, now, put }: Watching): Observable<Observation> {
  let told = '';
  let failedAt: number | undefined;
  const started = (): void => {
    told = '';
    setState('running');
    telemetry.happened({ name: 'sensorStarted', sensor: sensor.name });
    const whose = host();
    if (failedAt !== undefined && whose !== undefined)
      put(gapObservation(whose, failureGap(sensor, { from: failedAt, to: now() })));
    failedAt = undefined;
  };
  const attempt = new Observable<Observation>((subscriber) => {
    const begin = async (): Promise<void> => {
      const reason = await sensor.available();
      if (subscriber.closed) return;
      if (reason !== undefined) throw new Unavailable(reason);
      started();
      subscriber.add(sensor.observe().subscribe(subscriber));
    };
    begin().catch((error: unknown) => subscriber.error(error));
  });
  const failed = (error: unknown): void => {
    const reason = messageOf(error);
    if (!(error instanceof Unavailable)) {
      failedAt ??= now();
      setState('failed');
      telemetry.happened({ name: 'sensorFailed', sensor: sensor.name, reason });
      return;
    }
    setState('unavailable');
    if (reason !== told) telemetry.happened({ name: 'sensorUnavailable', sensor: sensor.name, reason });
    told = reason;
  };
  return attempt.pipe(
    retry({
      resetOnSuccess: true,
      delay: (error: unknown, count) => {
        failed(error);
        const isFirst = count === 1 && !(error instanceof Unavailable);
        return timer(isFirst ? 0 : Math.min(firstPauseMs * 2 ** (count - 1), longestPauseMs));
      },
    }),
  );
}

class Unavailable extends Error {}

/** Sensors of the engine's events name what they did not tell as events are named, the others by themselves. */
function failureGap({ name, tier }: Sensor, { from, to }: { from: number; to: number }) {
  const scope = tier === 'engine' && name !== 'resources' ? ['events', ...(name === 'exec' ? ['exec'] : [])] : [name];
  const text = `the sensor ${name} failed and was started again; what it did not tell meanwhile is unknown`;
  return { from: Math.trunc(from), to: Math.trunc(to), reason: 'sensor-failed' as const, scope, text };
}
