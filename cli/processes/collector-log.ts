import type { CollectorLog } from '../../collector/log.ts';
import { connectPatiently } from '../../shared/bus/connection.ts';
import type { Bus } from '../../shared/bus/port.ts';
import type { Config } from '../../shared/config/schema.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { OpenBus } from './bus.ts';

/** The log as the collector's process uses it. */
export interface OpenedLog {
  readonly log: CollectorLog & Pick<Bus, 'bounds'>;
  /** For everything else; on Kafka as soon as a broker answers. */
  readonly bus: Promise<Bus>;
  close(): Promise<void>;
}

export interface OpenLogOptions {
  readonly config: Config;
  readonly files: StateFiles;
  readonly telemetry: Telemetry;
  readonly open: OpenBus;
  readonly onAppended?: (topics: readonly string[]) => void;
}

/** On Kafka with a spool between, so that observing goes on without brokers. @throws UserError where only a person can help */
export async function openCollectorLog(options: OpenLogOptions): Promise<OpenedLog> {
  const { config, files, telemetry, open, onAppended } = options;
  const connect = (): Promise<Bus> =>
    open({ database: files.database, telemetry, ...(onAppended === undefined ? {} : { onAppended }) });
  if (config.bus !== 'kafka') {
    const bus = await connect();
    return { log: bus, bus: Promise.resolve(bus), close: () => bus.close() };
  }
  const { openSpoolStore } = await import('../../collector/spool/open-store.ts');
  const { openSpooledLog } = await import('../../collector/spool/spooled-log.ts');
  const { megabytes, hours } = config.spool;
  const bytes = Math.round(megabytes * 1_048_576);
  const store = openSpoolStore({ path: files.spool, bytes, now: Date.now, telemetry });
  try {
    const log = await openSpooledLog({ connect, store, mostMs: hours * 3_600_000, telemetry, now: Date.now });
    return { log, bus: log.bus, close: () => log.close() };
  } catch (error) {
    store.close();
    throw error;
  }
}

/** The bus for a part that can do nothing without it: waits until somebody answers. @throws UserError where only a person can help */
export async function openWhenReachable(options: {
  readonly connect: () => Promise<Bus>;
  readonly telemetry: Telemetry;
  readonly signal: AbortSignal;
}): Promise<Bus> {
  const ended = new AbortController();
  const connection = connectPatiently({ ...options, signal: AbortSignal.any([options.signal, ended.signal]) });
  // A first attempt can take long; whoever is told to stop does not wait for it.
  await Promise.race([connection.first, connection.bus]).catch((error: unknown) => {
    ended.abort();
    throw error;
  });
  return connection.bus;
}
