import { setTimeout as delay } from 'node:timers/promises';
import { exitCode, messageOf, UnavailableError, UserError } from '../errors.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Bus } from './port.ts';

export interface ConnectionOptions {
  /** Opens the bus. @throws UserError: `unavailable` when nobody answers, another code where only a person can help */
  connect(): Promise<Bus>;
  readonly telemetry: Telemetry;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** A bus that is opened again and again until somebody answers. */
export interface Connection {
  /** The first attempt has ended, well or not. @throws UserError where only a person can help */
  readonly first: Promise<void>;
  /** Rejects only by the signal. */
  readonly bus: Promise<Bus>;
  now(): Bus | undefined;
}

const firstPauseMs = 200;
/** A host whose heartbeat comes late counts as silent, so nobody waits long for brokers that are back. */
const longestPauseMs = 2_000;

/** Nobody but a person can help, so there is no hurry; who ends for it has ended by then, and is not told to be trying again. */
const finalPauseMs = 5_000;

/** Brokers that are away are told once for each reason, and waited for. */
export function connectPatiently({ connect, telemetry, signal }: ConnectionOptions): Connection {
  let open: Bus | undefined;
  let told = '';
  const attempt = async (): Promise<Bus> => {
    const bus = await connect();
    if (signal.aborted) {
      await bus.close();
      signal.throwIfAborted();
    }
    if (told !== '') telemetry.happened({ name: 'logReached' });
    open = bus;
    return bus;
  };
  const isFinal = (error: unknown): boolean => error instanceof UserError && error.code !== exitCode.unavailable;
  const tell = (error: unknown): void => {
    const reason = messageOf(error);
    const fix = error instanceof UserError ? error.fix : 'look whether the brokers run';
    if (reason !== told) telemetry.happened({ name: 'logUnreachable', reason, fix });
    told = reason;
  };
  const first = attempt();
  // An attempt can take long, with brokers that swallow everything: whoever stops does not wait for it.
  const stopped = new Promise<never>((_, reject) => {
    const stop = (): void => reject(new UnavailableError('told to stop'));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  stopped.catch(() => undefined);
  const bus = (async () => {
    let attempted = first;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await Promise.race([attempted, stopped]);
      } catch (error) {
        signal.throwIfAborted();
        // The first is thrown by `first`: whoever goes on in spite of it is told at the next.
        if (isFinal(error) && attempted === first) {
          await delay(finalPauseMs, undefined, { signal });
          attempted = attempt();
          continue;
        }
        tell(error);
      }
      // Not all hosts of a fleet at the same moment.
      await delay(pause * (0.5 + Math.random() / 2), undefined, { signal });
      attempted = attempt();
    }
  })();
  // Whoever waits for it is told; at a stop nobody may.
  bus.catch(() => undefined);
  return {
    first: first.then(
      () => undefined,
      (error: unknown) => {
        if (isFinal(error)) throw error;
      },
    ),
    bus,
    now: () => open,
  };
}
