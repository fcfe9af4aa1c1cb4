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

interface OwnLog {
  readonly bus: 'sqlite' | 'kafka';
  readonly kafka: { readonly brokers: readonly string[]; readonly topicPrefix: string };
  readonly sinks: Readonly<Record<string, { readonly type: string } | z.infer<typeof kafka>>>;
}

/** A sink that writes to a topic of the log would read again what it wrote, for ever. */
export function checkTopics({ bus, kafka: log, sinks }: OwnLog, context: z.RefinementCtx): void {
  if (bus !== 'kafka' || log.topicPrefix === '') return;
  for (const [name, sink] of Object.entries(sinks)) {
    if (!('topic' in sink) || !sink.topic.startsWith(log.topicPrefix)) continue;
    if (!sink.brokers.some((broker) => log.brokers.includes(broker))) continue;
    const message = `belongs to Moorwatch's own log (kafka.topicPrefix: ${log.topicPrefix}); name another topic`;
    context.addIssue({ code: 'custom', path: ['sinks', name, 'topic'], message });
  }
}
