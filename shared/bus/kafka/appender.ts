import { setTimeout as delay } from 'node:timers/promises';
import { CompressionTypes, type Producer } from 'kafkajs';
import { UnavailableError, type UserError } from '../../errors.ts';
import { type Client, defaultRequestTimeoutMs, type KafkaEndpoint, openClient } from './client.ts';
import { type PlacedMessage, sends } from './codec.ts';
import { whileMoving } from './deadline.ts';
import { failureKind, unusable } from './failures.ts';
import { idempotentProducer } from './producer.ts';
import { isRefusal, isTooLarge, tooLarge } from './refusals.ts';

/** Appends outside transactions. */
export interface Appender {
  /** Resolves when all replicas in sync have the messages. Waits through an outage; rejects only what the broker refuses, and on close. */
  append(topicName: string, messages: readonly PlacedMessage[]): Promise<void>;
  close(): void;
}

const closedText = 'the bus is closed: whether the records were appended is not known';

/** Between two producers that both failed: kafkajs has been patient already. */
const restMs = 500;

/**
 * An idempotent producer that sends one append at a time (producer.ts says why).
 *
 * Inside kafkajs the repetition of a send doubles nothing. Only when the broker forgot or fenced the producer, or kafkajs lost the request, is
 * it made anew and the append sent again, which can double records; whoever reads them drops known ids.
 */
export function openAppender(endpoint: KafkaEndpoint, refused: (error: UserError) => void = () => undefined): Appender {
  let queue: Promise<void> = Promise.resolve();
  let open: { client: Client; producer: Producer } | undefined;
  const closing = new AbortController();
  const waiting = new Set<(error: Error) => void>();

  // Longer than any pause of kafkajs between two attempts, a connection and a request that both time out.
  const quietMs = 2 * (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs) + 10_000;

  const producer = async (): Promise<Producer> => {
    if (open) return open.producer;
    const client = openClient(endpoint, 'endless');
    open = { client, producer: idempotentProducer(client) };
    await open.producer.connect();
    return open.producer;
  };

  const discard = (): void => {
    open?.client.close();
    open = undefined;
  };

  const send = async (topicName: string, messages: readonly PlacedMessage[]): Promise<void> => {
    for (let missing = messages, told = false; missing.length > 0 && !closing.signal.aborted; ) {
      try {
        const batch = { topic: topicName, messages: [...missing], acks: -1, compression: compressionFor(missing) };
        const sending = producer().then((one) => one.send(batch));
        const acknowledged = await whileMoving({ quietMs, traffic: () => open?.client.traffic() ?? 0 }, sending);
        // A partition that moves to another broker between two attempts can fall out of a send that kafkajs calls a success.
        const written = new Set(acknowledged.map(({ partition }) => partition));
        missing = missing.filter(({ partition }) => !written.has(partition));
      } catch (error) {
        discard();
        if (isTooLarge(error)) return inHalves(topicName, missing, error);
        if (isRefusal(error)) throw error;
        if (!told) told = tellLogin(error, endpoint, refused);
        await delay(restMs, undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };

  /** The topic takes less than a record batch of ours, but perhaps each record. */
  const inHalves = async (topicName: string, messages: readonly PlacedMessage[], error: unknown): Promise<void> => {
    if (messages.length === 1) throw tooLarge([topicName], error);
    const half = Math.ceil(messages.length / 2);
    await send(topicName, messages.slice(0, half));
    await send(topicName, messages.slice(half));
  };

  return {
    append(topicName, messages) {
      const turn = queue.then(async () => {
        for (const slice of sends(messages)) await send(topicName, slice);
        if (closing.signal.aborted) throw new UnavailableError(closedText);
      });
      queue = turn.catch(() => undefined);
      return new Promise((resolve, reject) => {
        waiting.add(reject);
        void turn.then(resolve, reject).finally(() => waiting.delete(reject));
      });
    },
    close: () => {
      closing.abort();
      for (const reject of waiting) reject(new UnavailableError(closedText));
      discard();
    },
  };
}

/** A password can be put right without a restart, so appends are tried again; but somebody has to know. @returns whether it is that */
function tellLogin(error: unknown, endpoint: KafkaEndpoint, refused: (error: UserError) => void): boolean {
  if (!['login', 'mechanism'].includes(failureKind(error))) return false;
  refused(unusable(endpoint, error));
  return true;
}

/** Characters of values from which on gzip saves more than it costs: one snapshot or some ten heartbeats. */
const worthPacking = 2_000;

export function compressionFor(
  messages: readonly { readonly value: { readonly length: number } | string | null }[],
): CompressionTypes {
  const size = messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
  return size >= worthPacking ? CompressionTypes.GZIP : CompressionTypes.None;
}
