import type { Admin } from 'kafkajs';
import { defaultRequestTimeoutMs, type KafkaEndpoint, openClient, type Patience } from './client.ts';
import { within } from './deadline.ts';

export interface AdminOptions {
  /** Gives up. */
  readonly signal?: AbortSignal;
  /** Most time for the work, ms (default 30 s and the time of a request). */
  readonly limitMs?: number;
  /** How often kafkajs repeats what failed (default brief). */
  readonly patience?: Patience;
}

/** Beyond one request: time for kafkajs to repeat it. */
const patienceMs = 30_000;

/**
 * Runs administrative requests on connections of their own.
 * @throws UnavailableError when they are not done in time
 */
export async function withAdmin<T>(
  endpoint: KafkaEndpoint,
  work: (admin: Admin) => Promise<T>,
  { signal, limitMs, patience = 'brief' }: AdminOptions = {},
): Promise<T> {
  const client = openClient(endpoint, patience);
  signal?.addEventListener('abort', client.close, { once: true });
  const admin = client.kafka.admin();
  try {
    return await within(
      limitMs ?? patienceMs + (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs),
      admin.connect().then(() => work(admin)),
    );
  } catch (error) {
    throw client.foreign() ?? error;
  } finally {
    signal?.removeEventListener('abort', client.close);
    client.close();
  }
}

/** The position a group committed on a partition, undefined if it never did. */
export async function committedOffset(
  endpoint: KafkaEndpoint,
  of: { group: string; topic: string; partition: number; signal: AbortSignal },
): Promise<number | undefined> {
  const offsets = await withAdmin(
    endpoint,
    (admin) => admin.fetchOffsets({ groupId: of.group, topics: [of.topic] }),
    of,
  );
  const offset = offsets
    .find(({ topic }) => topic === of.topic)
    ?.partitions.find(({ partition }) => partition === of.partition)?.offset;
  return offset === undefined || Number(offset) < 0 ? undefined : Number(offset);
}
