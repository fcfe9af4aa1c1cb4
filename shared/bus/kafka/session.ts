import type { Consumer } from 'kafkajs';
import { UnavailableError } from '../../errors.ts';
import { stickyAssigner } from './assigner.ts';
import { type Client, type KafkaEndpoint, openClient } from './client.ts';
import { within } from './deadline.ts';

/** Membership in a consumer group. */
export interface Session {
  /** The group is being shared out anew: commits may fail now without anything being wrong. */
  readonly rebalancing: boolean;
  /** Gives the partitions back; bounded time. */
  leave(): Promise<void>;
}

export interface SessionOptions {
  readonly endpoint: KafkaEndpoint;
  readonly group: string;
  /** Name as the broker knows it. */
  readonly topic: string;
  readonly sessionTimeoutMs: number;
  /** Gives up joining. */
  readonly signal: AbortSignal;
  /** All partitions that are ours from now on. */
  assigned(partitions: readonly number[]): void;
  /** The session is over; called at most once. Join anew. */
  lost(error: unknown): void;
}

const leaveMs = 2_000;
/** How soon a paused consumer looks whether a heartbeat is due, or that it is to stop. */
const beatMs = 100;

/**
 * A kafkajs consumer whose partitions are all paused: it joins, heartbeats and takes part in rebalances, and never fetches. So a slow batch
 * or a long `retryAfter` cannot cost the session, and fetching is ours (log-reader.ts).
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { group, topic, sessionTimeoutMs } = options;
  const rebalanceMs = Math.max(sessionTimeoutMs, 10_000);
  const client = openClient(options.endpoint, 'brief');
  let owned: readonly number[] = [];
  const consumer = client.kafka.consumer({
    groupId: group,
    partitionAssigners: [stickyAssigner(topic, () => owned)],
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceMs,
    heartbeatInterval: Math.min(3_000, Math.floor(sessionTimeoutMs / 5)),
    maxWaitTimeInMs: beatMs,
    allowAutoTopicCreation: false,
    // A consumer that restarts itself, or is dead without saying so, is replaced by us in every case.
    retry: { retries: 5, restartOnFailure: () => Promise.resolve(false) },
  });
  let rebalancing = true;
  let over = false;
  let lastSign = performance.now();
  const alive = (): void => {
    lastSign = performance.now();
  };
  const end = (error: unknown): void => {
    if (over) return;
    over = true;
    clearInterval(watchdog);
    options.lost(error);
  };
  // Only an answered heartbeat and a finished join count: kafkajs can stop without a word, or try to join without an end. A join may wait
  // for the slowest member of the group; after that the coordinator would throw us out in the time of a session, and we wait for two.
  const silenceMs = rebalanceMs + 2 * sessionTimeoutMs;
  const watchdog = setInterval(() => {
    if (performance.now() - lastSign > silenceMs)
      end(new UnavailableError(`group ${group} gave no sign for ${silenceMs} ms`));
  }, 500);
  consumer.on('consumer.heartbeat', alive);
  consumer.on('consumer.rebalancing', () => {
    rebalancing = true;
  });
  consumer.on('consumer.group_join', ({ payload }) => {
    alive();
    rebalancing = false;
    consumer.pause([{ topic }]);
    owned = payload.memberAssignment[topic] ?? [];
    if (!over) options.assigned(owned);
  });
  consumer.on('consumer.crash', ({ payload }) => end(payload.error));
  options.signal.addEventListener('abort', client.close, { once: true });
  const join = async (): Promise<void> => {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: () => Promise.resolve() });
  };
  try {
    await within(silenceMs, join());
  } catch (error) {
    clearInterval(watchdog);
    client.close();
    throw error;
  } finally {
    options.signal.removeEventListener('abort', client.close);
  }
  return {
    get rebalancing() {
      return rebalancing;
    },
    leave: () => {
      over = true;
      clearInterval(watchdog);
      return leave(consumer, client);
    },
  };
}

async function leave(consumer: Consumer, client: Client): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, leaveMs);
  });
  await Promise.race([consumer.disconnect().catch(() => undefined), late]);
  clearTimeout(timer);
  client.close();
}
