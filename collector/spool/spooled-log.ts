import { setTimeout as delay } from 'node:timers/promises';
import { answerWithin } from '../../shared/answer.ts';
import { type Connection, connectPatiently } from '../../shared/bus/connection.ts';
import type { Bus, BusPage, NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { UnavailableError } from '../../shared/errors.ts';
import type { CollectorLog, LogStatus } from '../log.ts';
import { createDrainer, type Drainer } from './drainer.ts';
import { createKeeping, type Keeping, type KeepingOptions } from './keeping.ts';
import { createPulse, type Pulse } from './pulse.ts';
import { latestWithin, pageOf, type StateRange } from './read-state.ts';

export interface SpooledLogOptions extends KeepingOptions {
  /** Opens the bus. @throws UserError: `unavailable` when nobody answers, another code where only a person can help */
  connect(): Promise<Bus>;
  /** How long an append or a question may take before the collector goes on without its answer, ms (default 2,000). */
  readonly patienceMs?: number;
}

export interface SpooledLog extends CollectorLog, Pick<Bus, 'bounds'> {
  status(): LogStatus;
  /** The bus, as soon as somebody answers. */
  readonly bus: Promise<Bus>;
  /** What cannot be sent in a moment stays on disk for the next start. */
  close(): Promise<void>;
}

/** What is sent at a stop is sent in this time. */
const closingMs = 1_000;
/** The last batch is answered in this time, if somebody answers: then there is no need for the disk any more. */
const lastBatchMs = 50;

interface Parts {
  readonly options: SpooledLogOptions;
  readonly patienceMs: number;
  readonly connection: Connection;
  readonly keeping: Keeping;
  readonly drainer: Drainer;
  readonly pulse: Pulse;
}

/**
 * The log on brokers that may be away (docs/decisions/collector-spool.md). An append that is not acknowledged soon goes to disk, and so does
 * everything after it until the disk is empty again: the order stays. Resolves soon, whether somebody answered or not.
 * @throws UserError where only a person can help: wrong credentials, other partitions
 */
export async function openSpooledLog(options: SpooledLogOptions): Promise<SpooledLog> {
  const { store, patienceMs = 2_000 } = options;
  const closing = new AbortController();
  const { signal } = closing;
  const connection = connectPatiently({ ...options, signal });
  // The engine's events do not wait: a longer first attempt goes on beside the collector.
  await Promise.race([connection.first, delay(patienceMs)]);
  connection.first.catch(() => undefined);
  const keeping = createKeeping(options);
  const pulse = createPulse();
  const drainer = createDrainer({ ...options, keeping, pulse, bus: connection.bus, signal });
  const parts = { options, patienceMs, connection, keeping, drainer, pulse };
  let order: Promise<unknown> = Promise.resolve();
  // What an earlier process left goes first.
  if (store.size().records > 0) drainer.start();
  return {
    append(name, records) {
      // Of a status only the latest is of use: it waits neither on disk nor behind an earlier one (shared/publish-status.ts).
      if (name === topic.status) return connection.now()?.append(name, records) ?? Promise.resolve();
      const turn = order.then(() => {
        if (signal.aborted) throw new UnavailableError('the collector stops');
        return append(parts, name, records);
      });
      order = turn.catch(() => undefined);
      return turn;
    },
    read: (name, range) => readState(parts, name, range),
    bounds: async (name) => {
      const bus = connection.now();
      if (bus === undefined) throw new UnavailableError('the brokers are away');
      return bus.bounds(name);
    },
    status: () => {
      const { records } = store.size();
      const oldest = records === 0 ? undefined : keeping.oldest();
      const reachable = connection.now() !== undefined && !drainer.busy;
      return { reachable, spooled: records, ...(oldest === undefined ? {} : { since: oldest }) };
    },
    bus: connection.bus,
    async close() {
      if (connection.now() !== undefined) await answerWithin(closingMs, drainer.ended());
      closing.abort();
      await connection.now()?.close();
      await drainer.ended();
      store.close();
    },
  };
}

async function append(parts: Parts, name: string, records: readonly NewRecord[]): Promise<void> {
  const { connection, keeping, drainer, patienceMs, pulse } = parts;
  keeping.remember(name, records);
  const bus = connection.now();
  if (drainer.nearlyDone) await answerWithin(lastBatchMs, drainer.ended());
  if (bus === undefined || drainer.busy) {
    const waiting = pulse.without(name, records);
    if (waiting.length > 0) keeping.put(name, waiting, drainer.sent);
    drainer.start();
    return;
  }
  const sent = bus.append(name, records);
  const answer = await answerWithin(patienceMs, sent);
  if (answer === 'done') return;
  let upTo = 0;
  try {
    upTo = keeping.put(name, records, 0);
  } finally {
    // Without room on disk the caller tries again; the brokers may take it meanwhile, and whoever reads it twice knows its ids.
    drainer.owe(sent, upTo);
  }
}

/** State as the brokers have it with what waits on top; without brokers the copy on disk. */
async function* readState(parts: Parts, name: string, range: StateRange): AsyncGenerator<BusPage> {
  const { connection, keeping, patienceMs } = parts;
  const { store, telemetry } = parts.options;
  const copy = [...store.remembered()].map(([key, value]) => ({ key, value }));
  // Before the brokers are asked: what is sent meanwhile may be missing in their answer, and must not be missing here, too.
  const waiting = store.waiting(name);
  // Going on as on a first start is worse than waiting: without a copy there is more patience.
  const patience = copy.length > 0 ? patienceMs : 5 * patienceMs;
  await answerWithin(patience, connection.bus);
  const bus = connection.now();
  // Reading all of it takes longer than one answer.
  const theirs = bus && (await latestWithin(5 * patience, { bus, topic: name, range }));
  if (theirs !== undefined) {
    keeping.remember(name, [...theirs, ...waiting]);
    yield pageOf(name, theirs);
    yield pageOf(name, waiting);
    return;
  }
  if (copy.length === 0) {
    telemetry.happened({ name: 'stateUnknown', topic: name });
  }
  yield pageOf(name, copy);
}
