import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningCollector, startCollector } from '../../../collector/main.ts';
import type { Bus } from '../../../shared/bus/port.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../../shared/bus/topics.ts';
import { configSchema } from '../../../shared/config/schema.ts';
import { decodeObservation, type Observation } from '../../../shared/observation.ts';
import type { Happening } from '../../../shared/telemetry/happenings.ts';
import { noTelemetry } from '../../../shared/telemetry/telemetry.ts';

/** A log on disk and the collectors that write to it, one after the other. */
export interface Collected {
  readonly bus: Bus;
  readonly happenings: Happening[];
  start(host: string, engine?: object, sensors?: object): Promise<RunningCollector>;
  /** Everything in the log but heartbeats. */
  observations(): Promise<readonly Observation[]>;
  close(): Promise<void>;
}

export async function openCollected(): Promise<Collected> {
  const directory = await mkdtemp(join(tmpdir(), 'moorwatch-collected-'));
  const topics = topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 1e9 } });
  const bus = await openSqliteBus({ path: join(directory, 'log.db'), topics, synchronous: 'normal' });
  const happenings: Happening[] = [];
  const running: RunningCollector[] = [];
  return {
    bus,
    happenings,
    start: async (host, engine = {}, sensors = {}) => {
      const collector = await startCollector({
        config: configSchema.parse({ engine: { host, resyncMs: 5_000, ...engine }, sensors }),
        bus,
        telemetry: { ...noTelemetry, happened: (happening) => void happenings.push(happening) },
        endpointInputs: { host },
        redactionKey: 'key',
      });
      running.push(collector);
      return collector;
    },
    observations: async () => {
      const found: Observation[] = [];
      for await (const { records } of bus.read(topic.observations, { from: 'oldest', follow: false }))
        for (const { value } of records) found.push(decodeObservation(value, 'log'));
      return found.filter(({ kind }) => kind !== 'heartbeat');
    },
    close: async () => {
      for (const collector of running) await collector.stop();
      await bus.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
