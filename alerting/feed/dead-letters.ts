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

/** Most whose updates are read at a time: each may have hundreds of kilobytes. */
const mostLetters = 200;
/** Most that are counted. */
const mostPlaces = 100_000;

export interface DeadLetters {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  /** How many more there are that were not sent again. */
  readonly more: number;
}

/** What a sink refused and the log still has: the oldest that were not sent again, and where there are few, the newest that were. */
export async function readLetters(log: LogToRead, sink: string): Promise<DeadLetters> {
  const places = await placesOf(log, sink);
  const waiting = [...places].filter(([, retried]) => retried === undefined);
  const done = [...places].filter(([, retried]) => retried !== undefined);
  const first = waiting.slice(0, mostLetters);
  const room = mostLetters - first.length;
  const chosen = new Map([...first, ...(room === 0 ? [] : done.slice(-room))]);
  const letters: DeadLetter[] = [];
  for await (const record of rejectedOf(log, sink)) {
    const place = placeOf(record);
    const retried = chosen.get(place);
    const letter = chosen.has(place) ? letterIn(record, sink) : undefined;
    if (letter !== undefined) letters.push(retried === undefined ? letter : { ...letter, retried });
  }
  return { letters: letters.sort((a, b) => a.at - b.at), more: waiting.length - first.length };
}

/** Where letters lie, and which of them were sent again. A mark may come long after its letter, behind many others. */
async function placesOf(log: LogToRead, sink: string): Promise<ReadonlyMap<string, Retried | undefined>> {
  const places = new Map<string, Retried | undefined>();
  for await (const record of rejectedOf(log, sink)) {
    const mark = markSchema.safeParse(jsonIn(record.value)).data;
    if (mark?.sink === sink && places.has(placeOf(mark.retried))) places.set(placeOf(mark.retried), mark.retried);
    if (mark === undefined && places.size < mostPlaces && letterIn(record, sink) !== undefined)
      places.set(placeOf(record), undefined);
  }
  return places;
}

/** Records of `rejected` that may be about this sink. */
async function* rejectedOf(log: LogToRead, sink: string): AsyncGenerator<BusRecord & { readonly value: string }> {
  const name = JSON.stringify(sink);
  for await (const { records } of log.read(topic.rejected, { from: 'oldest', follow: false }))
    for (const record of records) if (record.value?.includes(name) === true) yield { ...record, value: record.value };
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

function letterIn(record: BusRecord & { readonly value: string }, sink: string): DeadLetter | undefined {
  const envelope = envelopeSchema.safeParse(jsonIn(record.value)).data;
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
