import { z } from 'zod';
import { againHeader } from '../../shared/again.ts';
import type { BusRecord, NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { incidentUpdateSchema } from '../../shared/incident.ts';
import type { LogToRead } from './log-questions.ts';

/** An update that a sink refused for good, as it lies in `rejected`. */
export interface DeadLetter {
  /** Where it lies. */
  readonly partition: number;
  readonly offset: number;
  /** When it was refused, ms. */
  readonly at: number;
  readonly reason: string;
  /** What can be sent again; absent: the update cannot be read, or was too large to be kept whole. */
  readonly again?: NewRecord;
  readonly update?: z.infer<typeof incidentUpdateSchema>;
  readonly retried?: Retried;
}

/** When it was sent again, and who wanted that. */
type Retried = z.infer<typeof markSchema>['retried'];

const envelopeSchema = z.object({
  sink: z.string(),
  topic: z.literal(topic.incidents),
  partition: z.number().int(),
  key: z.string(),
  value: z.string(),
  headers: z.record(z.string(), z.string()).default({}),
  reason: z.string(),
  cut: z.number().optional(),
});
/** The record in `rejected` that says of another one there that it was sent again. */
const markSchema = z.object({
  sink: z.string(),
  retried: z.object({ partition: z.number().int(), offset: z.number().int(), at: z.number(), by: z.string() }),
});

/** Most that are read at a time: an update may have hundreds of kilobytes. */
const mostLetters = 200;

export interface DeadLetters {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  /** How many more there are that were not sent again. */
  readonly more: number;
}

/** What a sink refused and the log still has. Of many, those that were sent again are left out first, then the newest. */
export async function readLetters(log: LogToRead, sink: string): Promise<DeadLetters> {
  const letters = new Map<string, DeadLetter>();
  let more = 0;
  const keep = (letter: DeadLetter): void => {
    const done = letters.size < mostLetters ? undefined : [...letters].find(([, { retried }]) => retried !== undefined);
    if (done !== undefined) letters.delete(done[0]);
    if (letters.size < mostLetters) letters.set(placeOf(letter), letter);
    else more += 1;
  };
  for await (const { records } of log.read(topic.rejected, { from: 'oldest', follow: false })) {
    for (const record of records) {
      if (record.value?.includes(JSON.stringify(sink)) !== true) continue;
      const value = jsonIn(record.value);
      const mark = markSchema.safeParse(value).data;
      const marked = mark?.sink === sink ? letters.get(placeOf(mark.retried)) : undefined;
      if (mark !== undefined && marked !== undefined)
        letters.set(placeOf(marked), { ...marked, retried: mark.retried });
      const letter = letterIn(record, value, sink);
      if (letter !== undefined) keep(letter);
    }
  }
  return { letters: [...letters.values()].sort((a, b) => a.at - b.at), more };
}

/** What says in `rejected` that a letter was sent again; it lies in the same partition, so whoever reads it has read the letter. */
export const retriedMark = (
  sink: string,
  { partition, offset }: DeadLetter,
  by: { at: number; by: string },
): NewRecord => ({
  key: sink,
  value: JSON.stringify({ sink, retried: { partition, offset, ...by } } satisfies z.infer<typeof markSchema>),
  at: by.at,
  partition,
});

function letterIn(record: BusRecord, value: unknown, sink: string): DeadLetter | undefined {
  const envelope = envelopeSchema.safeParse(value).data;
  if (envelope?.sink !== sink) return undefined;
  const { partition, offset, logged: at } = record;
  const letter = { partition, offset, at, reason: envelope.reason };
  const update = incidentUpdateSchema.safeParse(jsonIn(envelope.value)).data;
  if (update === undefined || envelope.cut !== undefined) return letter;
  const headers = { ...envelope.headers, [againHeader]: sink };
  const again = { key: envelope.key, value: envelope.value, headers, at: update.at, partition: envelope.partition };
  return { ...letter, update, again };
}

const placeOf = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string =>
  `${partition}@${offset}`;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
