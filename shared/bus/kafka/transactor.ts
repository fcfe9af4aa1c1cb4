import { setTimeout as delay } from 'node:timers/promises';
import { Partitioners, type Transaction } from 'kafkajs';
import { compressionFor } from './appender.ts';
import { defaultRequestTimeoutMs, type KafkaEndpoint, openClient } from './client.ts';
import { type PlacedMessage, sends } from './codec.ts';
import { within } from './deadline.ts';
import { isTooLarge, tooLarge } from './refusals.ts';

/** The one who may commit for a group on a partition. */
export interface Transactor {
  /**
   * Position and messages become visible together, or this rejects and the transactor is of no use any more.
   * @throws MalformedError if a topic's broker takes no batch of this size: nothing is committed, and the transactor goes on.
   */
  commit(commit: TransactorCommit): Promise<void>;
  close(): void;
}

/** Topic and group as the broker knows them. */
export interface Ownership {
  readonly topic: string;
  readonly partition: number;
  readonly group: string;
}

export interface TransactorCommit {
  /** The next offset to process. */
  readonly position: number;
  /** By topic, as the broker knows it. */
  readonly messages: ReadonlyMap<string, readonly PlacedMessage[]>;
}

/** A transaction left open by a process that hangs holds up readers for so long at most; one that died is ended by its successor at once. */
const transactionTimeoutMs = 30_000;

/**
 * Opens the transactional producer of a group's partition and so fences every earlier owner: the broker aborts what they had under way
 * and refuses their later commits. Resolves when that is done, so committed offsets and state read afterwards are final.
 *
 * A position is written, and the transaction that would commit it aborted. Without that write, a group coordinator that has just moved to
 * another broker may still answer with the position before the last one: it answers from what its followers have already confirmed to it,
 * and only a write waits for all that was written before.
 */
export async function openTransactor(
  endpoint: KafkaEndpoint,
  of: Ownership & { readonly transactionalId: string },
  /** Gives up opening; a commit under way is not touched. */
  signal: AbortSignal,
): Promise<Transactor> {
  const client = openClient(endpoint, 'brief');
  signal.addEventListener('abort', client.close, { once: true });
  const producer = client.kafka.producer({
    transactionalId: of.transactionalId,
    transactionTimeout: transactionTimeoutMs,
    // A send for partitions of two brokers can succeed on one and fail on the other. When kafkajs repeats it after leaders moved, it sends to
    // some partitions again, with new sequence numbers: their records would be in the transaction twice. So no send is repeated.
    retry: { retries: 0 },
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  // What is not committed by then the broker has aborted.
  const limitMs = transactionTimeoutMs + (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs);
  const begin = async (position: number): Promise<Transaction> => {
    const transaction = await producer.transaction();
    const offsets = { topic: of.topic, partitions: [{ partition: of.partition, offset: String(position) }] };
    await untilPreviousEnded(() => transaction.sendOffsets({ consumerGroupId: of.group, topics: [offsets] }));
    return transaction;
  };
  const fence = async (): Promise<void> => {
    await producer.connect();
    await (await begin(0)).abort();
  };
  const write = async ({ position, messages }: TransactorCommit): Promise<void> => {
    const transaction = await begin(position);
    try {
      for (const batch of batches(messages)) await send(transaction, batch);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      await transaction.abort();
      throw tooLarge([...messages.keys()], error);
    }
    await transaction.commit();
  };
  try {
    await within(limitMs, fence());
  } catch (error) {
    client.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', client.close);
  }
  return {
    commit: (commit) => within(limitMs, write(commit)),
    close: client.close,
  };
}

/**
 * The broker answers a commit before all its markers are written and refuses the next transaction until then. kafkajs repeats that for
 * sends, after pauses longer than the few milliseconds it takes, but not for offsets: so offsets come first, and are repeated here.
 */
async function untilPreviousEnded(sendOffsets: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await sendOffsets();
    } catch (error) {
      const previous = error instanceof Error && 'type' in error && error.type === 'CONCURRENT_TRANSACTIONS';
      if (!previous || attempt === 200) throw error;
      // Mostly a matter of milliseconds; a busy broker is asked less and less often, for about 9 s.
      await delay(Math.min(2 * 1.1 ** attempt, 50));
    }
  }
}

type TopicMessages = readonly { readonly topic: string; readonly messages: PlacedMessage[] }[];

/** All topics together in as few requests as the size of a record batch allows. */
function batches(messages: ReadonlyMap<string, readonly PlacedMessage[]>): readonly TopicMessages[] {
  const slices = [...messages].map(([topic, ofTopic]) => ({ topic, slices: sends(ofTopic) }));
  const count = Math.max(0, ...slices.map((one) => one.slices.length));
  return Array.from({ length: count }, (_, index) =>
    slices.flatMap(({ topic, slices: ofTopic }) => {
      const slice = ofTopic[index];
      return slice ? [{ topic, messages: slice }] : [];
    }),
  );
}

async function send(transaction: Transaction, batch: TopicMessages): Promise<void> {
  const written = await transaction.sendBatch({
    topicMessages: [...batch],
    acks: -1,
    compression: compressionFor(batch.flatMap(({ messages }) => messages)),
  });
  const places = new Set(written.map(({ topicName, partition }) => `${topicName}/${partition}`));
  // As in the appender: a partition that moved to another broker can fall out unnoticed. Then nothing of this may be committed.
  for (const { topic, messages } of batch)
    for (const { partition } of messages)
      if (!places.has(`${topic}/${partition}`)) throw new Error(`records for ${topic}/${partition} were not written`);
}
