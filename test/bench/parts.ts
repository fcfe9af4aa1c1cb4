import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { Bus, NewRecord } from '../../shared/bus/port.ts';
import { topic, topicSpecs } from '../../shared/bus/topics.ts';
import { deriveId } from '../../shared/hash.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import type { StoredRecord } from './stored.ts';

const bin = join(import.meta.dirname, '../../bin/moorwatch.js');
const appendSize = 500;

export interface Recorded {
  readonly observations: readonly StoredRecord[];
  readonly findings: readonly StoredRecord[];
}

interface Load {
  readonly part: 'analyzer' | 'alerting';
  readonly partitions: number;
  readonly hosts: number;
  readonly records: number;
}

const loads: readonly Load[] = [
  { part: 'analyzer', partitions: 1, hosts: 1, records: 20_000 },
  { part: 'analyzer', partitions: 1, hosts: 20, records: 20_000 },
  { part: 'analyzer', partitions: 1, hosts: 200, records: 40_000 },
  { part: 'analyzer', partitions: 4, hosts: 200, records: 40_000 },
  { part: 'alerting', partitions: 1, hosts: 1, records: 2_000 },
  { part: 'alerting', partitions: 1, hosts: 20, records: 4_000 },
  { part: 'alerting', partitions: 1, hosts: 200, records: 8_000 },
  { part: 'alerting', partitions: 4, hosts: 200, records: 8_000 },
];

/**
 * One analyzer, then one alerting, as a process of its own on Kafka behind a backlog of what was recorded here, as if that many hosts had
 * recorded it. Rate from its first commit to its last; memory at the end.
 */
export async function* benchParts(recorded: Recorded): AsyncGenerator<string> {
  const broker = await startBroker();
  try {
    for (const load of loads) yield await measure(broker, recorded, load);
  } finally {
    await broker.stop();
  }
}

async function measure(broker: Broker, recorded: Recorded, load: Load): Promise<string> {
  const { part, partitions, hosts, records } = load;
  const topicPrefix = `${part}-${partitions}-${hosts}.`;
  const endpoint = { brokers: [broker.address], clientId: 'bench' };
  const topics = topicSpecs({ partitions, retention: { ms: 7 * 86_400_000, bytes: 2 ** 33 } });
  const bus = await openKafkaBus({ ...endpoint, topicPrefix, topics, replication: 1 });
  const input = part === 'analyzer' ? topic.observations : topic.findings;
  await fill(bus, input, copies(part === 'analyzer' ? recorded.observations : recorded.findings, load));
  const dir = mkdtempSync(join(tmpdir(), 'moorwatch-part-'));
  const config = join(dir, 'moorwatch.yml');
  const kafka = JSON.stringify({ brokers: [broker.address], topicPrefix });
  writeFileSync(
    config,
    `stateDir: ${dir}\nbus: kafka\nkafka: ${kafka}\nlog: { partitions: ${partitions} }\nfeed: { port: 17399 }\n`,
  );
  const child = spawn(process.execPath, [bin, part, '--config', config], { stdio: 'ignore' });
  try {
    const group = { groupId: topicPrefix + part, topics: [topicPrefix + input] };
    const rate = await withAdmin(endpoint, (admin) => catchUp(() => done(admin, group), records));
    const name = `${part}, ${partitions} partition${partitions > 1 ? 's' : ''}, ${hosts} host${hosts > 1 ? 's' : ''}`;
    return `  ${name}: ${Math.round(rate).toLocaleString('en')} records/s, ${memory(child)}`;
  } finally {
    child.kill('SIGKILL');
    await bus.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Records that the group is done with. A broker that has just started refuses to say until it has chosen a coordinator: none. */
async function done(admin: Admin, group: { groupId: string; topics: string[] }): Promise<number> {
  const topics = await admin.fetchOffsets(group).catch(() => []);
  return topics
    .flatMap(({ partitions }) => partitions)
    .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
}

/** Records/s between the first commit that is seen and the last. */
async function catchUp(look: () => Promise<number>, total: number): Promise<number> {
  const deadline = performance.now() + 120_000;
  let first: { done: number; at: number } | undefined;
  for (;;) {
    const now = { done: await look(), at: performance.now() };
    if (first === undefined && now.done > 0) first = now;
    if (first && now.done >= total) return (total - first.done) / ((now.at - first.at) / 1_000);
    if (now.at > deadline) throw new Error(`${now.done} of ${total} records were done in time`);
    await delay(50);
  }
}

/** The recorded records again and again, each time as another host and later, until there are enough. */
function copies(recorded: readonly StoredRecord[], { hosts, records }: Load): readonly NewRecord[] {
  const [first] = recorded;
  const last = recorded.at(-1);
  if (!first || !last) throw new Error('nothing was recorded');
  const lengthMs = last.at - first.at + 1_000;
  return Array.from({ length: records }, (_, index): NewRecord => {
    const host = `host-${index % hosts}`;
    const turn = Math.floor(index / hosts);
    const source = recorded[turn % recorded.length] ?? first;
    const pass = Math.floor(turn / recorded.length);
    const value = JSON.parse(source.value) as { id: string; at: number; host: object };
    const at = value.at + pass * lengthMs;
    const changed = { ...value, id: deriveId(host, pass, value.id), at, host: { id: host, name: host } };
    return { key: host, value: JSON.stringify(changed), at };
  });
}

async function fill(bus: Bus, to: string, records: readonly NewRecord[]): Promise<void> {
  for (let from = 0; from < records.length; from += appendSize)
    await bus.append(to, records.slice(from, from + appendSize));
}

/** Resident now, and the most there ever was. */
function memory({ pid }: ChildProcess): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const megabytes = (field: string): string =>
    (Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1024).toFixed(0);
  return `${megabytes('VmRSS')} MB resident (most: ${megabytes('VmHWM')} MB)`;
}
