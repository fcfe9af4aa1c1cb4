import type { Bus, BusPage } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { isRecord } from '../../shared/observation.ts';
import { persist } from './persist.ts';

/** What a process last said of itself. */
export interface ProcessStatus {
  /** `collector/<host>` and the like: the key of the record. */
  readonly process: string;
  /** When it said so, ms. */
  readonly at: number;
  readonly status: Readonly<Record<string, unknown>>;
}

/** The latest word of every process, from the topic `status`. */
export interface StatusBoard {
  list(): readonly ProcessStatus[];
}

const mostProcesses = 2_000;

export function createStatusBoard(options: {
  readonly bus: Bus;
  readonly signal: AbortSignal;
  onFailure(reason: string): void;
}): StatusBoard {
  const { bus, signal } = options;
  const latest = new Map<string, ProcessStatus>();
  let position: ReadonlyMap<number, number> | undefined;

  const take = ({ records, next }: BusPage): void => {
    for (const { key, value, at } of records) {
      latest.delete(key);
      const status = value === null ? undefined : objectIn(value);
      if (status !== undefined) latest.set(key, { process: key, at, status });
      const [oldest] = latest.keys();
      if (latest.size > mostProcesses && oldest !== undefined) latest.delete(oldest);
    }
    position = new Map([...(position ?? []), ...next]);
  };
  const run = async (): Promise<void> => {
    const from = position === undefined ? 'oldest' : { offsets: position };
    for await (const page of bus.read(topic.status, { from, follow: true, signal })) take(page);
  };
  void persist(run, options);
  return { list: () => [...latest.values()] };
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
