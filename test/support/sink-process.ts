import { createSink } from '../../alerting/sinks/index.ts';
import { runSink } from '../../alerting/sinks/run.ts';
import type { Sink } from '../../alerting/sinks/sink.ts';
import { createNotices } from '../../shared/bus/notices.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';

/** What a process delivers, and how. */
export interface SinkOrder {
  /** Of the embedded log. */
  readonly path: string;
  /** As under `sinks.victim`. */
  readonly config: object;
}

export const topics = topicSpecs({ partitions: 2, retention: { ms: 3_600_000, bytes: 1_000_000_000 } });

/** Runs as a process of its own: `sink-process.ts '<SinkOrder as JSON>'`. Says on stdout what it is sending. */
async function deliver(order: string): Promise<void> {
  // Written by who starts it.
  const { path, config } = JSON.parse(order) as SinkOrder;
  const { victim } = configSchema.parse({ sinks: { victim: config } }).sinks;
  if (victim === undefined) throw new Error('no sink');
  const sink = createSink('victim', victim, { clock: Date.now, version: '1' });
  const telling: Sink = {
    ...sink,
    send: (update, signal) => {
      process.stdout.write(`sending ${update.id}\n`);
      return sink.send(update, signal);
    },
  };
  const lag = { name: 'lag', help: '', giveUp: () => undefined };
  const bus = await openSqliteBus({ path, synchronous: 'normal', topics, leaseMs: 1_000, pollMs: 20 });
  const backoff = { firstMs: 20, mostMs: 200 };
  const notices = createNotices(noTelemetry, lag);
  const running = runSink({
    bus,
    sink: telling,
    type: victim.type,
    telemetry: noTelemetry,
    notices,
    clock: Date.now,
    backoff,
  });
  process.once('SIGTERM', () => void running.stop().then(() => bus.close()));
}

if (process.argv[1] === import.meta.filename) await deliver(process.argv[2] ?? '');
