import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type RunningAlerting, startAlerting } from '../../alerting/main.ts';
import { needsOf } from '../../cli/doctor/kafka-parts.ts';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { giveRights } from '../../shared/bus/kafka/give-rights.ts';
import { createNames } from '../../shared/bus/kafka/names.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { topicSpecs } from '../../shared/bus/topics.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { eventually } from '../support/eventually.ts';
import { startBroker } from '../support/kafka/broker.ts';
import { finding, rule, told } from '../unit/alerting/finding-records.ts';

/** `status forget` with two alertings that share the log: on SQLite, and on a real broker whose user may do no more than docs/bus.md says. */
const topics = topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 1e9 } });

interface Log {
  /** As another process. */
  open(): Promise<Bus>;
  stop(): Promise<void>;
}

const logs: Readonly<Record<string, (directory: string) => Promise<Log>>> = {
  sqlite: async (directory) => ({
    open: () => openSqliteBus({ path: join(directory, 'moorwatch.db'), synchronous: 'normal', topics, leaseMs: 500 }),
    stop: async () => undefined,
  }),
  kafka: async () => {
    const topicPrefix = 'gone.';
    const broker = await startBroker({ secure: true });
    const admin = { brokers: [broker.address], clientId: 'test' };
    await (await openKafkaBus({ ...admin, topicPrefix, topics, replication: 1 })).close();
    for (const { part, rights } of needsOf(createNames(topicPrefix, topics), []))
      if (part === 'alerting') await giveRights(admin, 'alerting', rights);
    const user = await broker.endpoint('scram-sha-512', 'alerting');
    const open = () => openKafkaBus({ ...user, topicPrefix, topics, replication: 1, createTopics: false });
    return {
      // The broker takes a moment to know what it allowed.
      open: () => eventually(() => open().catch(() => undefined), undefined, 30_000),
      stop: broker.stop,
    };
  },
};

it.each(Object.entries(logs))(
  'a host that was taken away is missed by no alerting (%s)',
  { timeout: 240_000 },
  async (_, make) => {
    const directory = await mkdtemp(join(tmpdir(), 'moorwatch-gone-'));
    const log = await make(directory);
    const buses = [await log.open(), await log.open()];
    const alertings: RunningAlerting[] = [];
    for (const [n, bus] of buses.entries())
      alertings.push(
        await startAlerting({
          config: configSchema.parse({ feed: { port: 0 } }),
          bus,
          logName: 'a test',
          telemetry: noTelemetry,
          tokenFile: join(directory, 'feed.token'),
          metrics: async () => '',
          clock: Date.now,
          version: '1',
          instance: `i${n}`,
          giveUp: (error) => expect.unreachable(error.message),
        }),
      );
    const headers = {
      authorization: `Bearer ${(await readFile(join(directory, 'feed.token'), 'utf8')).trim()}`,
      'content-type': 'application/json',
    };
    const ask = async (n: number, path: string, body?: object) => {
      const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return (await fetch(`${alertings[n]?.url}/api/v1/${path}`, { headers, ...more })).json() as Promise<
        Record<string, unknown>
      >;
    };
    const both = (question: (n: number) => Promise<boolean>) =>
      eventually(async () => (await Promise.all([0, 1].map(question))).every(Boolean) || undefined, undefined, 60_000);
    const missed = async (n: number) => JSON.stringify(await ask(n, 'status')).includes('collector/h1');
    const open = async (n: number) => (await ask(n, 'incidents?status=open')).total;
    try {
      const [bus] = buses;
      const host = { id: 'h1', name: 'lab1' };
      const said = { part: 'collector', pid: 1, connected: true, host, sensors: { canary: 'running' }, stopped: true };
      await bus?.append('status', [{ key: 'collector/h1', value: JSON.stringify(said), at: Date.now() }]);
      const silent = finding('f1', { in: null, rule: { ...rule('r').rule, catalogue: ['MON-01'] } });
      await bus?.append('findings', [{ key: 'h1', value: JSON.stringify(told(silent)), at: Date.now() }]);
      await both(missed);
      await both(async (n) => (await open(n)) === 1);
      const order = { host: 'lab1', reason: 'scrapped', owner: 'sam', order: { type: 'forget-host' } };
      const { id } = await ask(0, 'decisions', order);
      // Whichever of the two has the host's partition obeys, and both know.
      await both(async (n) => (await ask(n, `decisions/${String(id)}`)).status === 'applied');
      await both(async (n) => !(await missed(n)) && (await open(n)) === 0);
      expect(await ask(1, 'decisions', order)).toMatchObject({ error: { code: 'unknown-host' } });
    } finally {
      for (const alerting of alertings) await alerting.stop();
      for (const bus of buses) await bus.close();
      await log.stop();
      await rm(directory, { recursive: true });
    }
  },
);
