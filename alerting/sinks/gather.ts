import type { IncidentUpdate } from '../../shared/incident.ts';
import type { Delivery, Sink } from './sink.ts';

/** A message on its way: its idempotency id, and what stands for it in a request. */
export interface Gathered<Body = string> {
  readonly id: string;
  readonly body: Body;
}

/** What a receiver said of the messages of one request: of each, in their order, or the same of all. */
export type Answers = Delivery | readonly Delivery[];

export interface GatherOptions<Body = string> {
  readonly name: string;
  /** Most bytes of the messages in one request; a longer one goes alone. */
  readonly maxBytes: number;
  body(update: IncidentUpdate): Body;
  /** Bytes that a body takes; default: those of its text. */
  bytes?(body: Body): number;
  /** Sends one request with all of them. */
  post(messages: readonly Gathered<Body>[], signal: AbortSignal): Promise<Answers>;
  close(): void;
}

/** What became of messages whose batch comes again: at most so many. */
const mostSettled = 1_000;
const silence: Delivery = { kind: 'retry', reason: 'the receiver did not answer for every message' };

interface Open<Body> {
  readonly waiting: Gathered<Body>[];
  bytes: number;
  /** What became of the others of the batch. */
  readonly settled: Map<string, Delivery>;
  /** The first that was refused since it was gathered: deliver.ts does not know yet. */
  refused?: Delivery;
  /** Why not all of them could be sent: they are tried again with the whole batch. */
  failed?: Delivery;
}

/**
 * A sink whose receiver takes many messages in one request. `send` gathers, `flush` sends; deliver.ts sends the messages of a batch and flushes them
 * under one signal, by which they are told from those of other partitions. `flush` cannot refuse single messages, so it has the batch sent
 * again, and then `send` refuses them; those that were delivered before are not sent twice.
 */
export function createGatheringSink<Body = string>(options: GatherOptions<Body>): Sink {
  const { bytes: bytesOf = (body: Body) => Buffer.byteLength(String(body)) } = options;
  const open = new WeakMap<AbortSignal, Open<Body>>();
  const settled = new Map<string, Delivery>();

  const begin = (signal: AbortSignal): Open<Body> => {
    const batch = open.get(signal) ?? { waiting: [], bytes: 0, settled: new Map() };
    open.set(signal, batch);
    return batch;
  };
  /** Sends what waits. */
  const drain = async (batch: Open<Body>, signal: AbortSignal): Promise<void> => {
    const messages = batch.waiting.splice(0);
    batch.bytes = 0;
    const answers = await postAll(messages, (some) => options.post(some, signal));
    for (const [i, { id }] of messages.entries()) {
      const answer = answers[i] ?? silence;
      if (answer.kind === 'retry') batch.failed ??= answer;
      else batch.settled.set(id, answer);
      if (answer.kind === 'refused') batch.refused ??= answer;
    }
  };
  /** The batch comes again: what became of its messages is told then, once. */
  const keep = (batch: Open<Body>): void => {
    for (const [id, answer] of batch.settled) settled.set(id, answer);
    for (const id of settled.keys()) if (settled.size > mostSettled) settled.delete(id);
  };

  return {
    name: options.name,
    send: async (update, signal) => {
      const batch = begin(signal);
      // The log may hold an update twice (`sinks retry`): what became of one goes for the other.
      const known = settled.get(update.id) ?? batch.settled.get(update.id);
      if (known !== undefined) {
        settled.delete(update.id);
        batch.settled.set(update.id, known);
        return known;
      }
      const message = { id: update.id, body: options.body(update) };
      const bytes = bytesOf(message.body);
      if (batch.bytes > 0 && batch.bytes + bytes > options.maxBytes) {
        await drain(batch, signal);
        if (batch.failed !== undefined) return batch.failed;
      }
      batch.waiting.push(message);
      batch.bytes += bytes;
      return { kind: 'delivered' };
    },
    flush: async (signal) => {
      const batch = begin(signal);
      open.delete(signal);
      if (batch.failed === undefined) await drain(batch, signal);
      const again = batch.failed ?? batch.refused;
      if (again !== undefined) keep(batch);
      return again ?? { kind: 'delivered' };
    },
    close: async () => options.close(),
  };
}

/** One answer for each message. What is refused as a whole is sent in halves, until those are found that the receiver will not have. */
async function postAll<Body>(
  messages: readonly Gathered<Body>[],
  post: (some: readonly Gathered<Body>[]) => Promise<Answers>,
): Promise<readonly Delivery[]> {
  if (messages.length === 0) return [];
  const answers = await post(messages);
  if (isEach(answers)) return answers;
  if (answers.kind !== 'refused' || messages.length === 1) return messages.map(() => answers);
  const half = Math.ceil(messages.length / 2);
  const first = await postAll(messages.slice(0, half), post);
  const failed = first.find(({ kind }) => kind === 'retry');
  const rest = messages.slice(half);
  return [...first, ...(failed === undefined ? await postAll(rest, post) : rest.map(() => failed))];
}

const isEach = (answers: Answers): answers is readonly Delivery[] => Array.isArray(answers);
