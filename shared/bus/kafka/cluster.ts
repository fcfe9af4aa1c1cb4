import type { Assigner, Cluster } from 'kafkajs';
import { UnavailableError } from '../../errors.ts';
import { type Client, defaultRequestTimeoutMs, type KafkaEndpoint, openClient, type Patience } from './client.ts';
import { within } from './deadline.ts';

/** Connections on which brokers are asked without a consumer group. */
export interface ClusterLink {
  /**
   * Asks with a deadline of the request timeout and `waitMs`. Any failure but an offset out of range discards the connections: the next
   * question starts from the configured brokers.
   */
  ask<T>(topicName: string, waitMs: number, question: (cluster: Cluster) => Promise<T>): Promise<T>;
  close(): void;
}

export function openClusterLink(endpoint: KafkaEndpoint): ClusterLink {
  let open: { client: Client; cluster: Cluster } | undefined;
  let closed = false;

  const discard = (): void => {
    open?.client.close();
    open = undefined;
  };

  return {
    async ask(topicName, waitMs, question) {
      if (closed) throw new UnavailableError('the reader is closed');
      open ??= openCluster(endpoint);
      const { cluster } = open;
      const answer = async (): Promise<Awaited<ReturnType<typeof question>>> => {
        if (!cluster.isConnected()) await cluster.connect();
        await cluster.addTargetTopic(topicName);
        await cluster.refreshMetadataIfNecessary();
        return await question(cluster);
      };
      try {
        return await within(waitMs + (endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs), answer());
      } catch (error) {
        if (!isOutOfRange(error)) discard();
        throw error;
      }
    },
    close: () => {
      closed = true;
      discard();
    },
  };
}

export function isOutOfRange(error: unknown): boolean {
  return error instanceof Error && 'type' in error && error.type === 'OFFSET_OUT_OF_RANGE';
}

/** A partition assigner is where kafkajs hands out its cluster (typed and documented); the consumer around it never joins a group. */
export function openCluster(
  endpoint: KafkaEndpoint,
  patience: Patience = 'guarded',
): { client: Client; cluster: Cluster } {
  const client = openClient(endpoint, patience);
  let cluster: Cluster | undefined;
  const neverJoins: Assigner = {
    name: 'none',
    version: 0,
    assign: () => Promise.resolve([]),
    protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
  };
  client.kafka.consumer({
    groupId: 'none',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      (handed) => {
        cluster = handed.cluster;
        return neverJoins;
      },
    ],
  });
  if (!cluster) throw new Error('kafkajs did not hand out its cluster');
  return { client, cluster };
}
