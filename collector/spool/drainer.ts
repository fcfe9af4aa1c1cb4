import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { MalformedError } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Keeping } from './keeping.ts';
import type { Pulse } from './pulse.ts';
import type { Head, SpoolStore } from './store.ts';

export interface DrainerOptions {
  readonly store: SpoolStore;
  readonly keeping: Keeping;
  readonly pulse: Pulse;
  readonly bus: Promise<Bus>;
  readonly telemetry: Telemetry;
  readonly signal: AbortSignal;
  now(): number;
}

/** Sends what waits on disk, in order, one batch at a time. */
export interface Drainer {
  /** Something is on its way or waits: nothing may overtake it. */
  readonly busy: boolean;
  /** All that waits is on its way. */
  readonly nearlyDone: boolean;
  /** The number up to which records are on their way. */
  readonly sent: number;
  /** An append that the brokers owe an answer; `upTo` says where it ends on disk, 0 if it is not there. Nothing is sent before its end. */
  owe(sent: Promise<unknown>, upTo: number): void;
  start(): void;
  /** Resolves when nothing is on its way and nothing waits, or after the signal. */
  ended(): Promise<void>;
}

interface Owed {
  readonly sent: Promise<unknown>;
  readonly upTo: number;
  readonly records: number;
}

const batch = { records: 1_000, bytes: 900_000 };
const firstPauseMs = 200;
const longestPauseMs = 10_000;

export function createDrainer(options: DrainerOptions): Drainer {
  const { store, keeping, signal, telemetry, now } = options;
  let owed: Owed | undefined;
  let running: Promise<void> | undefined;
  /** So many of the next records are sent one by one: one of them is too large for the brokers. */
  let alone = 0;

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
  const send = async (bus: Bus, head: Head): Promise<number> => {
    const beat = options.pulse.take();
    if (beat !== undefined) bus.append(topic.observations, [beat]).catch(() => undefined);
    const { records, upTo } = head;
    owed = { sent: bus.append(head.topic, records), upTo, records: records.length };
    try {
      const removed = await settle();
      alone = Math.max(0, alone - records.length);
      return removed;
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      if (records.length > 1) alone = records.length;
      else {
        telemetry.happened({ name: 'observationDropped', reason: 'too-large', count: 1 });
        store.refuse(upTo);
        // The gap in its place is sent next; refused itself, it is gone.
        alone = Math.max(1, alone - 1);
      }
      return 0;
    }
  };
  const next = (): Head | undefined =>
    signal.aborted ? undefined : store.head(alone > 0 ? { ...batch, records: 1 } : batch);

  const run = async (): Promise<void> => {
    const began = now();
    // What is looked up before somebody answers could expire until then.
    const bus = await options.bus;
    const first = await settle().catch(() => 0);
    const count = first + (await sendAll({ ...options, next, send: (head) => send(bus, head) }));
    if (!signal.aborted && count > 0) tellDrained(options, { count, ms: now() - began });
  };
  const start = (): void => {
    if (running !== undefined || signal.aborted) return;
    const quiet = run().catch((error: unknown) => (signal.aborted ? undefined : keeping.failed(error)));
    running = quiet.finally(() => {
      running = undefined;
      // Something may have been put after the last look.
      if (!signal.aborted && (owed !== undefined || store.size().records > 0)) start();
    });
  };
  return {
    get busy() {
      return owed !== undefined || running !== undefined || store.size().records > 0;
    },
    get nearlyDone() {
      return owed !== undefined && owed.upTo > 0 && owed.records >= store.size().records;
    },
    get sent() {
      return owed?.upTo ?? 0;
    },
    owe(sent, upTo) {
      owed = { sent, upTo, records: upTo === 0 ? 0 : store.size().records };
      start();
    },
    start,
    ended: async () => {
      while (running !== undefined) await running;
    },
  };
}

const tellDrained = ({ telemetry }: DrainerOptions, { count, ms }: { count: number; ms: number }): void =>
  telemetry.happened({ name: 'spoolDrained', count, seconds: Math.round(ms / 1_000) });

interface Sending extends DrainerOptions {
  next(): Head | undefined;
  /** @returns how many records need not wait any longer */
  send(head: Head): Promise<number>;
}

/** Batch after batch, with growing pauses while they fail, until nothing waits or the signal. @returns how many records were sent */
async function sendAll({ next, send, keeping, signal, store }: Sending): Promise<number> {
  let count = 0;
  for (let pause = firstPauseMs; ; ) {
    try {
      const head = next();
      if (head === undefined) return count;
      count += await send(head);
      pause = firstPauseMs;
    } catch (error) {
      if (signal.aborted) return count;
      keeping.failed(error);
      // The file was lost, and what waited with it: nothing that is observed now has to wait.
      if (store.size().records === 0) return count;
      await delay(pause, undefined, { signal }).catch(() => undefined);
      pause = Math.min(pause * 2, longestPauseMs);
    }
  }
}
