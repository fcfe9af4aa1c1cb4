import { z } from 'zod';
import { secretFile } from './fields.ts';

const broker = z.string().refine((text) => {
  const port = Number(/^(?:\[[\da-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/i.exec(text)?.[1] ?? 0);
  return port > 0 && port < 65_536;
}, 'must be host:port, such as kafka-1:9092');

/** How brokers are reached: of the log on Kafka, and of the sink that writes to a topic of yours. */
export const kafkaBrokers = z.array(broker).min(1);

export const kafkaSsl = z
  .strictObject({
    enabled: z.boolean().default(false),
    ca: z.string().optional(),
    cert: z.string().optional(),
    key: z.string().optional(),
  })
  .prefault({});

export const kafkaSasl = z
  .strictObject({
    mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
    username: z.string(),
    passwordFile: secretFile,
  })
  .optional();
