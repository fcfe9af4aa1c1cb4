import type { Admin } from 'kafkajs';
import { defaultRequestTimeoutMs, type KafkaEndpoint, openClient } from './client.ts';
import { within } from './deadline.ts';

/** Runs one administrative request on connections of its own. */
export async function withAdmin<T>(
  endpoint: KafkaEndpoint,
  work: (admin: Admin) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const client = openClient(endpoint, 'brief');
  signal?.addEventListener('abort', client.close, { once: true });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    return await work(admin);
  } finally {
    signal?.removeEventListener('abort', client.close);
    client.close();
  }
}

/** Beyond one request: time for kafkajs to repeat it. */
const patienceMs = 30_000;

/** The position a group committed on a partition, undefined if it never did. */
export async function committedOffset(
  endpoint: KafkaEndpoint,
  of: { group: string; topic: string; partition: number; signal: AbortSignal },
): Promise<number | undefined> {
  const limitMs = patienceMs + (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs);
  const asked = withAdmin(
    endpoint,
    (admin) => admin.fetchOffsets({ groupId: of.group, topics: [of.topic] }),
    AbortSignal.any([of.signal, AbortSignal.timeout(limitMs)]),
  );
  const offsets = await within(limitMs, asked);
  const offset = offsets
    .find(({ topic }) => topic === of.topic)
    ?.partitions.find(({ partition }) => partition === of.partition)?.offset;
  return offset === undefined || Number(offset) < 0 ? undefined : Number(offset);
}
