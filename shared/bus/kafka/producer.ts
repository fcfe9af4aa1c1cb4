import { type ICustomPartitioner, Partitioners, type Producer } from 'kafkajs';
import type { Client } from './client.ts';

/**
 * A producer whose repetitions inside kafkajs double nothing. One request at a time: with two under way kafkajs can lose one. After a failed
 * request it gives its sequence numbers back, the other takes them, and the broker answers "known already" to records it never saw.
 */
export const idempotentProducer = (
  { kafka }: Client,
  createPartitioner: ICustomPartitioner = Partitioners.DefaultPartitioner,
): Producer =>
  kafka.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false, createPartitioner });
