import { readFileSync } from 'node:fs';
import type { KafkaBusOptions } from '../../shared/bus/kafka/bus.ts';
import { type TopicSpec, topicSpecs } from '../../shared/bus/topics.ts';
import type { Config } from '../../shared/config/schema.ts';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';

/** The topics of this configuration. */
export function topicSpecsOf({ log }: Config): readonly TopicSpec[] {
  const retention = { ms: log.retentionHours * 3_600_000, bytes: Math.round(log.retentionMegabytes * 1024 * 1024) };
  return topicSpecs({ partitions: log.partitions, retention });
}

/** How Kafka is reached and used, with the content of the files that the configuration names. @throws UserError if one cannot be read */
export function kafkaOptionsOf(config: Config): KafkaBusOptions {
  const { brokers, clientId, topicPrefix, replication, sessionTimeoutMs, requestTimeoutMs, ssl, sasl } = config.kafka;
  const tls = { ca: content('ssl.ca', ssl.ca), cert: content('ssl.cert', ssl.cert), key: content('ssl.key', ssl.key) };
  const password = content('sasl.passwordFile', sasl?.passwordFile)?.toString('utf8').trim();
  return {
    brokers,
    clientId,
    topicPrefix,
    replication,
    sessionTimeoutMs,
    requestTimeoutMs,
    createTopics: config.kafka.topics === 'create',
    topics: topicSpecsOf(config),
    ...(ssl.enabled ? { ssl: withoutUndefined(tls) } : {}),
    ...(sasl === undefined || password === undefined
      ? {}
      : { sasl: { mechanism: sasl.mechanism, username: sasl.username, password } }),
  };
}

function content(key: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`kafka.${key} cannot be read: ${messageOf(error)}`, {
      fix: `name a file there that this user (uid ${process.getuid?.() ?? 'unknown'}) may read`,
      code: exitCode.config,
      cause: error,
    });
  }
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
