import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { kafkaOptionsOf, topicSpecsOf } from './bus-options.ts';

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

async function prepareSqlite(config: Config): Promise<OpenBus> {
  const { openSqliteBus } = await import('../../shared/bus/sqlite/bus.ts');
  const { openSqlite } = await import('../../shared/sqlite/open.ts');
  // The native part is loaded with the first database that is opened.
  openSqlite({ path: ':memory:', synchronous: 'normal' }).close();
  return ({ database, onAppended }) =>
    openSqliteBus({
      path: database,
      topics: topicSpecsOf(config),
      synchronous: config.sqlite.synchronous,
      ...(onAppended === undefined ? {} : { onAppended }),
    });
}

async function prepareKafka(config: Config): Promise<OpenBus> {
  const { openKafkaBus } = await import('../../shared/bus/kafka/bus.ts');
  const options = kafkaOptionsOf(config);
  return ({ telemetry }) =>
    openKafkaBus({
      ...options,
      differs: (difference) => telemetry.happened({ name: 'topicDiffers', ...difference }),
      refused: ({ message, fix }) => telemetry.happened({ name: 'logUnreachable', reason: message, fix }),
      unseen: (topics) => telemetry.happened({ name: 'topicsUnseen', topics }),
    });
}
