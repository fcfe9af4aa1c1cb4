import { finalize } from 'rxjs';
import { startAlerting } from '../../alerting/main.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { Bus, Processor } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';

/** Which log: a file, or the address of a broker and what its topics begin with. */
export type LogPlace = { readonly path: string } | { readonly broker: string; readonly topicPrefix: string };

/** What a process is: an instance of alerting. */
export interface AlertingOrder {
  readonly log: LogPlace;
  readonly instance: string;
  readonly tokenFile: string;
}

export const partitions = 4;
const topics = topicSpecs({ partitions, retention: { ms: 3_600_000, bytes: 100_000_000 } });

/** One that is killed is missed after seconds. */
export const openLog = (log: LogPlace): Promise<Bus> =>
  'path' in log
    ? openSqliteBus({ path: log.path, synchronous: 'normal', topics, pollMs: 20, leaseMs: 2_000 })
    : openKafkaBus({
        brokers: [log.broker],
        clientId: 'test',
        topicPrefix: log.topicPrefix,
        topics,
        replication: 1,
        sessionTimeoutMs: 6_000,
      });

/** Runs as a process of its own: `alerting-process.ts '<AlertingOrder as JSON>'`. Says on stdout where its feed listens and which partitions of the findings it has. */
async function run(order: string): Promise<void> {
  // Written by who starts it.
  const { log, instance, tokenFile } = JSON.parse(order) as AlertingOrder;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const bus = await openLog(log);
  const telling = (processor: Processor): Processor => ({
    ...processor,
    open: (assignment) => {
      say(`owns ${assignment.partition}`);
      const stage = processor.open(assignment);
      return (batches$) => stage(batches$).pipe(finalize(() => say(`lost ${assignment.partition}`)));
    },
  });
  const alerting = await startAlerting({
    config: configSchema.parse({ feed: { port: 0 } }),
    bus: {
      ...bus,
      process: (group, name, processor) =>
        bus.process(group, name, name === topic.findings ? telling(processor) : processor),
    },
    logName: 'a test',
    telemetry: noTelemetry,
    tokenFile,
    metrics: async () => '',
    clock: Date.now,
    version: '1',
    instance,
    giveUp: (error) => {
      throw error;
    },
  });
  say(`listens ${alerting.url}`);
  process.once('SIGTERM', () => void alerting.stop().then(() => bus.close()));
}

if (process.argv[1] === import.meta.filename) await run(process.argv[2] ?? '');
