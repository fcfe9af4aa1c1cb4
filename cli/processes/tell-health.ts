import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createHealthBook, type HealthBook } from './health.ts';
import { clearHealth, type HealthPart, healthFileOf, removeHealth, writeHealth } from './health-file.ts';

const everyMs = 5_000;
/** A question that the log leaves without an answer for so long has failed. */
const answerMs = 10_000;

export interface PartHealth {
  /** To be used in place of the telemetry given: what happens is noticed here, too. */
  readonly telemetry: Telemetry;
  /** Says in the health file that it has not begun to work, until `tell`. Returns how to take that back. */
  starting(directory: string): () => void;
  /** Writes the health file now and every 5 s, until the function that it returns is called: that removes it. */
  tell(bus: Pick<Bus, 'bounds'>, directory: string): () => Promise<void>;
}

export interface PartHealthOptions {
  readonly part: HealthPart;
  readonly telemetry: Telemetry;
  readonly bus: 'sqlite' | 'kafka';
}

/** What a part says of itself for `moorwatch healthcheck`. */
export function watchHealth({ part, telemetry, bus: kind }: PartHealthOptions): PartHealth {
  const book = createHealthBook({
    pid: process.pid,
    startedAt: Date.now(),
    worksWithoutLog: part === 'collector' && kind === 'kafka',
  });
  return {
    telemetry: {
      ...telemetry,
      happened(happening) {
        book.saw(happening, Date.now());
        telemetry.happened(happening);
      },
    },
    starting: (directory) => tellStart(directory, healthFileOf(directory, part, hostname())),
    tell: (bus, directory) =>
      keepTelling({ book, bus, telemetry, directory, file: healthFileOf(directory, part, hostname()) }),
  };
}

function tellStart(directory: string, file: string): () => void {
  clear(directory);
  try {
    const problem = 'it has not begun to work: it waits for the log, or is starting';
    writeHealth(file, { at: Date.now(), pid: process.pid, problem, notes: [] });
  } catch {
    // Who works will say that it cannot be written.
  }
  return () => removeHealth(file, process.pid);
}

interface Telling {
  readonly book: HealthBook;
  readonly bus: Pick<Bus, 'bounds'>;
  readonly telemetry: Telemetry;
  readonly directory: string;
  readonly file: string;
}

function keepTelling({ book, bus, telemetry, directory, file }: Telling): () => Promise<void> {
  const stopping = new AbortController();
  let told = true;
  const write = (): void => {
    try {
      writeHealth(file, book.report(Date.now(), ownedPartitions(telemetry)));
      told = true;
    } catch (error) {
      // Said once: the file then gets old, which is what the health check sees.
      if (told) telemetry.happened({ name: 'statusFailed', part: `health file ${file}`, reason: messageOf(error) });
      told = false;
    }
  };
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      book.logAsked(await askLog(bus), Date.now());
      if (!stopping.signal.aborted) write();
      await delay(everyMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  write();
  clear(directory);
  void run();
  return async () => {
    stopping.abort();
    removeHealth(file, process.pid);
  };
}

/** Tidying up is no reason not to start. */
function clear(directory: string): void {
  try {
    clearHealth(directory, Date.now());
  } catch {
    // Files of another account: they only lie there.
  }
}

async function askLog(bus: Pick<Bus, 'bounds'>): Promise<'answered' | { failed: string }> {
  const late = new AbortController();
  const timeout = delay(answerMs, { failed: `no answer within ${answerMs / 1_000} s` }, late).catch(() => ({
    failed: '',
  }));
  const answer = bus.bounds(topic.status).then(
    () => 'answered' as const,
    (error: unknown) => ({ failed: messageOf(error) }),
  );
  const outcome = await Promise.race([answer, timeout]);
  late.abort();
  return outcome;
}

/** Each partition that a group of this process owns has a gauge of its own (shared/bus/notices.ts). */
const ownedPartitions = (telemetry: Telemetry): number =>
  telemetry.snapshot().filter(({ name, type }) => type === 'gauge' && name.endsWith('_lag_records')).length;
