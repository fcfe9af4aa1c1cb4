import { answerWithin } from '../../shared/answer.ts';
import type { Bus, BusPage, BusRecord, NewRecord, ReadRange } from '../../shared/bus/port.ts';
import { UserError } from '../../shared/errors.ts';

/** What begins the keys of interest, beside the range. */
export type StateRange = ReadRange & { readonly keysWith?: string };

export type Entry = Pick<NewRecord, 'key' | 'value'>;

/**
 * The latest value of each key of a bounded read; undefined when the brokers do not answer in time.
 * @throws UserError where only a person can help (a record of a newer program)
 */
export async function latestWithin(
  ms: number,
  { bus, topic, range }: { bus: Bus; topic: string; range: StateRange },
): Promise<readonly Entry[] | undefined> {
  const stop = new AbortController();
  const latest = new Map<string, string | null>();
  const reading = async (): Promise<void> => {
    for await (const { records } of bus.read(topic, { ...range, signal: stop.signal }))
      for (const { key, value } of records) if (key.startsWith(range.keysWith ?? '')) latest.set(key, value);
  };
  const answer = await answerWithin(ms, reading());
  stop.abort();
  if (answer === 'done') return [...latest].map(([key, value]) => ({ key, value }));
  if (answer !== 'late' && answer.error instanceof UserError) throw answer.error;
  return undefined;
}

/** Entries as a read hands them on; where they stood in a log is not known. */
export function pageOf(topic: string, entries: readonly Entry[]): BusPage {
  const place = { topic, partition: 0, offset: 0, headers: {}, at: 0, logged: 0 };
  return { records: entries.map((entry): BusRecord => ({ ...place, ...entry })), next: new Map(), gaps: [] };
}
