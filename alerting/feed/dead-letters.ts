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
/** Most that are counted: of those that can be sent again, and of the others. */
const mostPlaces = 100_000;
/** Most that are named of what cannot be sent again. */
const mostNamed = 20;

export interface DeadLetters {
  /** Oldest first. */
  readonly letters: readonly DeadLetter[];
  /** How many more there are that can be sent again, and were not. */
  readonly more: number;
  /** How many cannot be sent again, in `letters` or not. */
  readonly unreadable: number;
  /** The oldest of those. */
  readonly named: readonly DeadLetter[];
}

/**
 * What a sink refused and the log still has: the oldest that can be sent again and were not, and where those are few, the oldest that cannot, and
 * then the newest that were. So what cannot be sent again is never in the way of what can.
 */
export async function readLetters(log: LogToRead, sink: string): Promise<DeadLetters> {
  const { whole, unreadable, named } = await placesOf(log, sink);
  const waiting = [...whole].filter(([, retried]) => retried === undefined);
  const done = [...whole].filter(([, retried]) => retried !== undefined);
  const first = [...waiting, ...[...unreadable].map((place) => [place, undefined] as const)].slice(0, mostLetters);
  const room = mostLetters - first.length;
  const chosen = new Map([...first, ...(room === 0 ? [] : done.slice(-room))]);
  const letters: DeadLetter[] = [];
  for await (const record of rejectedOf(log, sink)) {
    const place = placeOf(record);
    const retried = chosen.get(place);
    const letter = chosen.has(place) ? letterIn(record, sink) : undefined;
    if (letter !== undefined) letters.push(retried === undefined ? letter : { ...letter, retried });
  }
  const more = Math.max(0, waiting.length - mostLetters);
  return { letters: letters.sort((a, b) => a.at - b.at), more, unreadable: unreadable.size, named };
}

interface Places {
  /** What can be sent again, and what is known of that it was. */
  readonly whole: ReadonlyMap<string, Retried | undefined>;
  readonly unreadable: ReadonlySet<string>;
  readonly named: readonly DeadLetter[];
}

/** Where letters lie, and which of them were sent again. A mark may come long after its letter, behind many others. */
async function placesOf(log: LogToRead, sink: string): Promise<Places> {
  const whole = new Map<string, Retried | undefined>();
  const unreadable = new Set<string>();
  const named: DeadLetter[] = [];
  for await (const record of rejectedOf(log, sink)) {
    const mark = markSchema.safeParse(jsonIn(record.value)).data;
    if (mark !== undefined) {
      if (mark.sink === sink && whole.has(placeOf(mark.retried))) whole.set(placeOf(mark.retried), mark.retried);
      continue;
    }
    const letter = letterIn(record, sink);
    if (letter === undefined) continue;
    if (letter.again === undefined) {
      if (unreadable.size < mostPlaces) unreadable.add(placeOf(record));
      if (named.length < mostNamed) named.push(letter);
    } else if (whole.size < mostPlaces) whole.set(placeOf(record), undefined);
  }
  return { whole, unreadable, named };
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

/** `partition@offset`. */
export const placeOf = ({ partition, offset }: { readonly partition: number; readonly offset: number }): string =>
  `${partition}@${offset}`;

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
