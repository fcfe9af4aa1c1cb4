import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../shared/bus/port.ts';
import { MalformedError } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Keeping } from './keeping.ts';
import type { Head, SpoolStore } from './store.ts';

export interface DrainerOptions {
  readonly store: SpoolStore;
  readonly keeping: Keeping;
  readonly bus: Promise<Bus>;
  readonly telemetry: Telemetry;
  readonly signal: AbortSignal;
  now(): number;
}

/** Sends what waits on disk, in order, one batch at a time. */
export interface Drainer {
  /** Something is on its way or waits: nothing may overtake it. */
  readonly busy: boolean;
  /** The number up to which records are on their way. */
  readonly sent: number;
  /** An append that the brokers owe an answer; `upTo` says where it ends on disk, 0 if it is not there. Nothing is sent before its end. */
  owe(sent: Promise<unknown>, upTo: number): void;
  start(): void;
  /** Resolves when it has ended, after the signal. */
  ended(): Promise<void>;
}

const batch = { records: 1_000, bytes: 900_000 };
const firstPauseMs = 200;
const longestPauseMs = 10_000;

export function createDrainer(options: DrainerOptions): Drainer {
  const { store, keeping, telemetry, signal, now } = options;
  let owed: { readonly sent: Promise<unknown>; readonly upTo: number } | undefined;
  let running: Promise<void> | undefined;

  const settle = async (): Promise<number> => {
    if (owed === undefined) return 0;
    const { sent, upTo } = owed;
    try {
      await sent;
      return store.remove(upTo);
    } finally {
      owed = undefined;
    }
  };
  const send = async (head: Head): Promise<number> => {
    const bus = await options.bus;
    owed = { sent: bus.append(head.topic, head.records), upTo: head.upTo };
    try {
      return await settle();
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      // No log takes it, now or later.
      telemetry.happened({ name: 'observationDropped', reason: 'too-large', count: store.remove(head.upTo) });
      return 0;
    }
  };
  const run = async (): Promise<void> => {
    const began = now();
    let count = await settle().catch(() => 0);
    let pause = firstPauseMs;
    for (let head = store.head(batch); head !== undefined; head = signal.aborted ? undefined : store.head(batch)) {
      try {
        count += await send(head);
        pause = firstPauseMs;
      } catch (error) {
        if (signal.aborted) return;
        keeping.failed(error);
        await delay(pause, undefined, { signal }).catch(() => undefined);
        pause = Math.min(pause * 2, longestPauseMs);
      }
    }
    if (!signal.aborted && count > 0)
      telemetry.happened({ name: 'spoolDrained', count, seconds: Math.round((now() - began) / 1_000) });
  };
  const start = (): void => {
    if (running !== undefined || signal.aborted) return;
    running = run()
      .catch(keeping.failed)
      .finally(() => {
        running = undefined;
        // Something may have been put after the last look.
        if (owed !== undefined || store.size().records > 0) start();
      });
  };
  return {
    get busy() {
      return owed !== undefined || running !== undefined || store.size().records > 0;
    },
    get sent() {
      return owed?.upTo ?? 0;
    },
    owe(sent, upTo) {
      owed = { sent, upTo };
      start();
    },
    start,
    ended: async () => {
      await running;
    },
  };
}
