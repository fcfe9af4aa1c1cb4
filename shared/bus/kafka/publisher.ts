import { type ICustomPartitioner, Partitioners, type Producer } from 'kafkajs';
import { UnavailableError } from '../../errors.ts';
import { compressionFor } from './appender.ts';
import { type Client, defaultRequestTimeoutMs, type KafkaEndpoint, openClient } from './client.ts';
import { within } from './deadline.ts';
import { idempotentProducer } from './producer.ts';

/** A message for a topic that is not one of ours. */
export interface PublishedMessage {
  /** Equal keys stay in order; placed as every client of Kafka places them (murmur2). */
  readonly key: string;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Writes to topics of somebody else's cluster, for those who try again by themselves and can say why. */
export interface Publisher {
  /**
   * Resolves when all replicas in sync have the messages. Rejects when that is not so after three times the time of a request, when the broker
   * refuses them, or when it is stopped; then nobody knows which of them were written.
   */
  publish(topic: string, messages: readonly PublishedMessage[], signal: AbortSignal): Promise<void>;
  close(): void;
}

interface Open {
  readonly client: Client;
  readonly producer: Producer;
  readonly connected: Promise<void>;
  /** Partitions of the messages under way. */
  readonly placed: Set<number>;
}

/** A producer that sends one batch at a time, and is made anew after a failure: it does not know what became of that batch. */
export function openPublisher(endpoint: KafkaEndpoint): Publisher {
  const limitMs = 3 * (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs);
  let queue: Promise<unknown> = Promise.resolve();
  let current: Open | undefined;

  const discard = (): void => {
    current?.client.close();
    current = undefined;
  };
  const send = async (topic: string, messages: readonly PublishedMessage[], signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    current ??= open(endpoint);
    const { client, producer, connected, placed } = current;
    placed.clear();
    const batch = { topic, messages: messages.map(plain), acks: -1, compression: compressionFor(messages) };
    try {
      const acknowledged = await within(
        limitMs,
        untilAborted(
          signal,
          connected.then(() => producer.send(batch)),
        ),
      );
      const written = new Set(acknowledged.map(({ partition }) => partition));
      // A partition that moves to another broker between two attempts can fall out of a send that kafkajs calls a success.
      if (![...placed].every((partition) => written.has(partition)))
        throw new UnavailableError('the broker did not confirm all partitions');
    } catch (error) {
      discard();
      throw client.foreign() ?? error;
    }
  };
  return {
    publish: (topic, messages, signal) => {
      const turn = queue.then(() => send(topic, messages, signal));
      queue = turn.catch(() => undefined);
      return untilAborted(signal, turn);
    },
    close: discard,
  };
}

function open(endpoint: KafkaEndpoint): Open {
  const client = openClient(endpoint, 'brief');
  const placed = new Set<number>();
  const noting: ICustomPartitioner = () => {
    const place = Partitioners.DefaultPartitioner();
    return (args) => {
      const partition = place(args);
      placed.add(partition);
      return partition;
    };
  };
  const producer = idempotentProducer(client, noting);
  return { client, producer, connected: producer.connect(), placed };
}

/** kafkajs takes no headers that are read-only. */
const plain = ({ key, value, headers }: PublishedMessage) => ({ key, value, headers: { ...headers } });

/** The work, or the reason of the signal as soon as it is aborted. */
async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = withReject();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
