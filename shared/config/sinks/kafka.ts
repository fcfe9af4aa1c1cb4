import { z } from 'zod';
import { milliseconds } from '../fields.ts';
import { kafkaBrokers, kafkaSasl, kafkaSsl } from '../kafka.ts';
import { formatted } from './format.ts';

export const kafka = z.strictObject({
  type: z.literal('kafka'),
  brokers: kafkaBrokers.describe('host:port of some of the brokers of your cluster'),
  clientId: z.string().default('moorwatch'),
  topic: z
    .string()
    .regex(/^(?!\.{1,2}$)[\w.-]{1,249}$/, 'must be a name that Kafka takes: letters, digits, . _ -')
    .describe('a topic of yours, which exists; none of Moorwatch’s own'),
  timeoutMs: milliseconds.default(10_000),
  ssl: kafkaSsl,
  sasl: kafkaSasl,
  ...formatted,
});
