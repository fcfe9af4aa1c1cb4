import { readFileSync } from 'node:fs';
import type { Bus } from '../../shared/bus/port.ts';
import { type TopicSpec, topicSpecs } from '../../shared/bus/topics.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

export interface OpenBusOptions {
  readonly database: string;
  readonly telemetry: Telemetry;
  /** Called with the topics that grew here, to wake the other process. */
  readonly onAppended?: (topics: readonly string[]) => void;
}

export type OpenBus = (options: OpenBusOptions) => Promise<Bus>;

/**
 * Makes the configured bus ready to open: its code is loaded and its secrets are read, so that opening works after root was given up.
 * Only the bus that is used is loaded.
 */
export function prepareBus(config: Config): Promise<OpenBus> {
  return config.bus === 'kafka' ? prepareKafka(config) : prepareSqlite(config);
}

function specs({ log }: Config): readonly TopicSpec[] {
  const retention = { ms: log.retentionHours * 3_600_000, bytes: Math.round(log.retentionMegabytes * 1024 * 1024) };
  return topicSpecs({ partitions: log.partitions, retention });
}

async function prepareSqlite(config: Config): Promise<OpenBus> {
  const { openSqliteBus } = await import('../../shared/bus/sqlite/bus.ts');
  const { openSqlite } = await import('../../shared/sqlite/open.ts');
  // The native part is loaded with the first database that is opened.
  openSqlite({ path: ':memory:', synchronous: 'normal' }).close();
  return ({ database, onAppended }) =>
    openSqliteBus({
      path: database,
      topics: specs(config),
      synchronous: config.sqlite.synchronous,
      ...(onAppended === undefined ? {} : { onAppended }),
    });
}

async function prepareKafka(config: Config): Promise<OpenBus> {
  const { openKafkaBus } = await import('../../shared/bus/kafka/bus.ts');
  const { brokers, clientId, topicPrefix, replication, sessionTimeoutMs, requestTimeoutMs, ssl, sasl } = config.kafka;
  const file = (path: string | undefined): Buffer | undefined => (path === undefined ? undefined : readFileSync(path));
  const tls = withoutUndefined({ ca: file(ssl.ca), cert: file(ssl.cert), key: file(ssl.key) });
  const login =
    sasl === undefined
      ? undefined
      : {
          mechanism: sasl.mechanism,
          username: sasl.username,
          password: readFileSync(sasl.passwordFile, 'utf8').trim(),
        };
  return ({ telemetry }) =>
    openKafkaBus({
      brokers,
      clientId,
      topicPrefix,
      replication,
      sessionTimeoutMs,
      requestTimeoutMs,
      createTopics: config.kafka.topics === 'create',
      topics: specs(config),
      ...(ssl.enabled ? { ssl: tls } : {}),
      ...(login === undefined ? {} : { sasl: login }),
      differs: (difference) => telemetry.happened({ name: 'topicDiffers', ...difference }),
      unseen: (topics) => telemetry.happened({ name: 'topicsUnseen', topics }),
    });
}

function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
