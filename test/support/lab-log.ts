import { basename, join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { type Bus, isTick } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** host:port of the tier's broker (kafka/tier.ts); absent where the tier uses the embedded log. */
    broker?: string;
  }
}

const topics = topicSpecs({ partitions: 4, retention: { ms: 7 * 86_400_000, bytes: 2 ** 30 } });

/** Benchmarks have no tier: they run without vitest, on the embedded log. */
const inVitest = process.env.VITEST !== undefined;
const tierBroker = (): string | undefined => (inVitest ? inject('broker') : undefined);

/** The topics of one state directory on a broker that many use. */
export const topicPrefixOf = (stateDir: string): string => `${basename(stateDir)}.`;

/** Lines of moorwatch.yml that choose the tier's bus. */
export function busConfig(stateDir: string): string {
  const broker = tierBroker();
  if (broker === undefined) return '';
  const kafka = { brokers: [broker], topicPrefix: topicPrefixOf(stateDir), sessionTimeoutMs: 3_000 };
  return `bus: kafka\nkafka: ${JSON.stringify(kafka)}\n`;
}

/** Kept open from one look to the next: opening a log on Kafka costs several requests. */
const opened = new Map<string, Promise<Bus>>();
const closeOpened = async (): Promise<void> => {
  for (const bus of opened.values()) await (await bus).close();
  opened.clear();
};
if (inVitest) afterAll(closeOpened);

/** A log on Kafka, read beside the product. */
export function openBeside(broker: string, topicPrefix: string): Promise<Bus> {
  const known = opened.get(topicPrefix);
  const bus =
    known ??
    openKafkaBus({ brokers: [broker], clientId: 'test', topicPrefix, topics, replication: 1, sessionTimeoutMs: 3_000 });
  opened.set(topicPrefix, bus);
  return bus;
}

/** Every record of a topic in the log of a state directory, parsed; ticks left out. */
export async function readLog(stateDir: string, name: string): Promise<unknown[]> {
  const broker = tierBroker();
  if (broker !== undefined) return valuesOf(await openBeside(broker, topicPrefixOf(stateDir)), name);
  const bus = await openSqliteBus({ path: join(stateDir, 'moorwatch.db'), topics, synchronous: 'normal' });
  try {
    return await valuesOf(bus, name);
  } finally {
    await bus.close();
  }
}

export async function valuesOf(bus: Bus, name: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const { records } of bus.read(name, { from: 'oldest', follow: false })) {
    for (const record of records) if (!isTick(record) && record.value !== null) found.push(JSON.parse(record.value));
  }
  return found;
}
