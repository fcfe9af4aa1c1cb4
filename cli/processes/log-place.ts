import type { Config } from '../../shared/config/schema.ts';
import type { StateFiles } from '../../shared/state-dir.ts';

/** Which log this configuration uses, for a person. */
export const logPlace = ({ bus, kafka }: Pick<Config, 'bus' | 'kafka'>, { database }: StateFiles): string =>
  bus === 'kafka' ? `Kafka at ${kafka.brokers.join(', ')}` : `${database} (embedded)`;
