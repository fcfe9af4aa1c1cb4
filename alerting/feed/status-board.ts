import type { Bus, BusPage } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { collectorPrefix } from '../../shared/collector-key.ts';
import { isRecord } from '../../shared/observation.ts';
import { mostStandstills, standstillPrefix } from '../../shared/standstill.ts';
import { persist } from './persist.ts';

/** What a process last said of itself. */
export interface ProcessStatus {
  /** `collector/<host>` and the like: the key of the record. */
  readonly process: string;
  /** When it said so, ms. */
  readonly at: number;
  /** For how long it has said nothing, ms, by the clock of the log: up to the newest word of all. */
  readonly silentMs: number;
  /** It says something every few seconds, and has not for minutes: it ended without a farewell, or cannot reach the log. */
  readonly gone: boolean;
  readonly status: Readonly<Record<string, unknown>>;
}

/** The latest word of every process, from the topic `status`. Who has been gone for long is left out. */
export interface StatusBoard {
  list(): readonly ProcessStatus[];
}

const mostProcesses = 2_000;
const goneMs = 2 * 60_000;
const hour = 3_600_000;

/**
 * How long one that is gone is still shown. Each start of an analyzer or of alerting has a name of its own, so that nobody will ever speak
 * again under the old one; a collector has the name of its host, and is missed.
 */
const shownGoneMs = (process: string): number => (process.startsWith(collectorPrefix) ? 7 * 24 * hour : hour);

interface Word {
  readonly at: number;
  readonly logged: number;
  readonly status: Readonly<Record<string, unknown>>;
}

export function createStatusBoard(options: {
  readonly bus: Bus;
  readonly signal: AbortSignal;
  onFailure(reason: string): void;
}): StatusBoard {
  const { bus, signal } = options;
  const processes = new Map<string, Word>();
  /** Said more seldom than what processes say, and so never put out for them: nobody would end what was told. */
  const standstills = new Map<string, Word>();
  let newest = 0;
  let position: ReadonlyMap<number, number> | undefined;

  const take = ({ records, next }: BusPage): void => {
    for (const { key, value, at, logged } of records) {
      newest = Math.max(newest, logged);
      const isStandstill = key.startsWith(standstillPrefix);
      const words = isStandstill ? standstills : processes;
      words.delete(key);
      const status = value === null ? undefined : objectIn(value);
      if (status === undefined || (isStandstill && words.size >= mostStandstills)) continue;
      words.set(key, { at, logged, status });
      const [oldest] = words.keys();
      if (words.size > mostProcesses && oldest !== undefined) words.delete(oldest);
    }
    position = new Map([...(position ?? []), ...next]);
  };
  const run = async (): Promise<void> => {
    const from = position === undefined ? 'oldest' : { offsets: position };
    for await (const page of bus.read(topic.status, { from, follow: true, signal })) take(page);
  };
  void persist(run, options);
  const list = (): readonly ProcessStatus[] =>
    [...processes, ...standstills].flatMap(([process, { at, logged, status }]) => {
      const silentMs = Math.max(0, newest - logged);
      // Other words (which rule set a partition was judged by) are said once; a process gives its pid.
      const gone = typeof status.pid === 'number' && silentMs > goneMs;
      return gone && silentMs > shownGoneMs(process) ? [] : [{ process, at, silentMs, gone, status }];
    });
  return { list };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
