import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { concatMap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaBusOptions, openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { openLogReader } from '../../shared/bus/kafka/log-reader.ts';
import { createNames } from '../../shared/bus/kafka/names.ts';
import { openPartition } from '../../shared/bus/kafka/partition.ts';
import type { Batch, Bus, BusNotice, BusRecord, Commit, Processor, ReadRange } from '../../shared/bus/port.ts';
import { isTick } from '../../shared/bus/port.ts';
import type { TopicSpec } from '../../shared/bus/topics.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { breakable, openKafkaLog } from '../support/kafka/under-test.ts';
import { busContract } from './suite.ts';

let broker: Broker;
let prefixes = 0;
const sessionTimeoutMs = 3_000;

beforeAll(async () => {
  broker = await startBroker();
}, 180_000);
afterAll(() => broker?.stop());

busContract('Kafka', () => openKafkaLog(broker.address, sessionTimeoutMs), { longMs: 2.5 * sessionTimeoutMs });

const topic = (name: string, options: Partial<TopicSpec> = {}): TopicSpec => ({
  name,
  cleanup: 'delete',
  partitions: 1,
  retention: { ms: 3_600_000, bytes: 100_000_000 },
  ...options,
});

const optionsFor = (topics: readonly TopicSpec[]): KafkaBusOptions => {
  prefixes += 1;
  return { brokers: [broker.address], clientId: 'test', topicPrefix: `p${prefixes}.`, topics, replication: 1 };
};

const kafkaOf = (): Kafka =>
  new Kafka({
    brokers: [broker.address],
    clientId: 'other',
    logLevel: logLevel.NOTHING,
    retry: { initialRetryTime: 5 },
  });

const record = (value: string, partition = 0) => ({ key: 'host', value, at: 1, partition });

async function values(bus: Bus, name: string, range: Partial<ReadRange> = {}): Promise<(string | null)[]> {
  const found: BusRecord[] = [];
  for await (const page of bus.read(name, { from: 'oldest', follow: false, ...range })) found.push(...page.records);
  return found.map(({ value }) => value);
}

const openTransaction = async (id: string) => {
  const producer = kafkaOf().producer({
    transactionalId: id,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const transaction = await producer.transaction();
  return { producer, transaction };
};

describe('reading a log with transactions', () => {
  it('leaves out aborted transactions, overlapping ones too', async () => {
    const options = optionsFor([topic('t')]);
    const bus = await openKafkaBus(options);
    const name = `${options.topicPrefix}t`;
    const early = await openTransaction(`${name}-early`);
    const late = await openTransaction(`${name}-late`);
    await early.transaction.send({ topic: name, messages: [{ value: 'early', partition: 0 }] });
    await late.transaction.send({ topic: name, messages: [{ value: 'late', partition: 0 }] });
    await bus.append('t', [record('kept')]);
    await late.transaction.abort();
    await early.transaction.abort();
    expect(await values(bus, 't')).toEqual(['kept']);
    await Promise.all([early.producer.disconnect(), late.producer.disconnect(), bus.close()]);
  });

  it('ends at the end that existed when it began, behind markers, and waits for transactions open then', async () => {
    const options = optionsFor([topic('t')]);
    const bus = await openKafkaBus(options);
    const name = `${options.topicPrefix}t`;
    const { producer, transaction } = await openTransaction(`${name}-1`);
    await transaction.send({ topic: name, messages: [{ value: 'in a transaction', partition: 0 }] });
    await bus.append('t', [record('acknowledged meanwhile')]);
    const reading = values(bus, 't');
    await new Promise((resolve) => setTimeout(resolve, 700));
    await transaction.commit();
    expect(await reading).toEqual(['in a transaction', 'acknowledged meanwhile']);
    // The last offset is a marker's now: nobody will ever see a record there.
    const [bounds] = await bus.bounds('t');
    expect(bounds?.end).toBe(3);
    await Promise.all([producer.disconnect(), bus.close()]);
  });
});

describe('a broker that goes away', () => {
  it('delays appends and neither loses nor doubles them', async () => {
    const bus = await openKafkaBus(optionsFor([topic('t')]));
    await bus.append('t', [record('before')]);
    await broker.kill();
    const appends = Array.from({ length: 20 }, (_, index) => bus.append('t', [record(String(index))]));
    await broker.restart();
    await Promise.all(appends);
    expect(await values(bus, 't')).toEqual(['before', ...Array.from({ length: 20 }, (_, index) => String(index))]);
    await bus.close();
  });

  it('does not hold up close, and an append under way is told', async () => {
    const bus = await openKafkaBus(optionsFor([topic('t')]));
    await broker.freeze();
    const append = bus.append('t', [record('lost')]).then(
      () => 'appended',
      () => 'told',
    );
    const began = Date.now();
    await bus.close();
    expect(await append).toBe('told');
    expect(Date.now() - began).toBeLessThan(1_000);
    await broker.thaw();
  });
});

/** A stage that copies its input to `out` and counts in its state. */
const copier = (
  notices: BusNotice[],
  before: (batch: Batch) => Promise<void> = () => Promise.resolve(),
): Processor => ({
  stateTopic: 'state',
  notice: (notice) => notices.push(notice),
  open: ({ restored }) => {
    let count = Number(restored.get('count') ?? 0);
    return concatMap(async (batch): Promise<Commit> => {
      await before(batch);
      const records = batch.records.filter((one) => !isTick(one));
      count += records.length;
      return {
        outputs: records.map(({ key, value, at }) => ({ topic: 'out', record: { key, value, at } })),
        state: [{ key: 'count', value: String(count) }],
        done: batch.records.length,
      };
    });
  },
});

const stageTopics = [topic('in'), topic('out'), topic('state', { cleanup: 'compact' }), topic('rejected')];

const until = async (ok: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await ok())) await new Promise((resolve) => setTimeout(resolve, 50));
};

const gate = () => {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};

describe('a stage', () => {
  it('whose partition was taken over cannot commit any more, joins anew and goes on where the other stopped', async () => {
    const options = optionsFor(stageTopics);
    const bus = await openKafkaBus(options);
    const notices: BusNotice[] = [];
    const held = gate();
    const entered = gate();
    const processing = bus.process(
      'g',
      'in',
      copier(notices, async () => {
        entered.open();
        await held.opened;
      }),
    );
    await processing.ready;
    await bus.append('in', [record('1'), record('2')]);
    await entered.opened;
    // Another member that the group believes in, while this one hangs.
    const successor = await openPartition({
      endpoint: options,
      names: createNames(options.topicPrefix, stageTopics),
      group: 'g',
      topic: 'in',
      partition: 0,
      stateTopic: 'state',
      signal: new AbortController().signal,
      openReader: () => openLogReader(options, options.topicPrefix),
      now: Date.now,
    });
    const { records } = await successor.take(1, 2_000);
    expect(records.map(({ value }) => value)).toEqual(['1']);
    const output = { topic: 'out', record: record('1') };
    const state = [{ key: 'count', value: '1' }];
    await successor.commit({ outputs: [output], state, done: 1 });
    successor.close();
    held.open();
    await until(async () => (await values(bus, 'out')).length === 2);
    expect(await values(bus, 'out')).toEqual(['1', '2']);
    expect(notices.map(({ kind }) => kind)).toContain('session-lost');
    expect((await values(bus, 'state')).at(-1)).toBe('2');
    await bus.close();
  });

  it('that dies before any request of its commit neither loses nor doubles a record', async () => {
    const options = { ...optionsFor(stageTopics), sessionTimeoutMs: 1_000 };
    const calm = await openKafkaBus(options);
    const buses: Bus[] = [calm];
    let deaths = 0;
    for (let finished = false; !finished; ) {
      const network = breakable();
      const bus = await openKafkaBus({ ...options, connect: network.connect });
      buses.push(bus);
      let died: Promise<string> | undefined;
      const processor = copier([], () => {
        died ??= network.cutAfter(deaths).then(() => 'died');
        return Promise.resolve();
      });
      bus.process('g', 'in', processor);
      await calm.append('in', [record(String(deaths))]);
      await until(() => died !== undefined);
      const committed = until(async () => (await values(calm, 'out')).includes(String(deaths))).then(() => 'committed');
      // Cut after its last request, a commit can still come through: the broker had it.
      finished = (await Promise.race([died, committed])) === 'committed';
      if (!finished) deaths += 1;
    }
    expect(deaths).toBeGreaterThan(5);
    const sent = Array.from({ length: deaths + 1 }, (_, index) => String(index));
    expect(await values(calm, 'out')).toEqual(sent);
    expect((await values(calm, 'state')).at(-1)).toBe(String(sent.length));
    await Promise.all(buses.map((bus) => bus.close()));
  });

  it('is told of no gap when retention took only what was aborted behind its position', async () => {
    // A clock that runs fast, so that the quiet seconds pass.
    const clock = () => Date.now() * 50;
    const options = optionsFor(stageTopics);
    const bus = await openKafkaBus({ ...options, clock });
    const processing = bus.process('g', 'in', copier([]));
    await bus.append('in', [record('1')]);
    await until(async () => (await values(bus, 'out')).length === 1);
    const name = `${options.topicPrefix}in`;
    const { producer, transaction } = await openTransaction(`${name}-aborted`);
    await transaction.send({ topic: name, messages: [{ value: 'aborted', partition: 0 }] });
    await transaction.abort();
    await producer.disconnect();
    const admin = kafkaOf().admin();
    await admin.connect();
    // The record, the aborted one, its marker.
    expect((await admin.fetchTopicOffsets(name))[0]?.high).toBe('3');
    await until(async () => {
      const [committed] = await admin.fetchOffsets({ groupId: `${options.topicPrefix}g`, topics: [name] });
      return committed?.partitions[0]?.offset === '3';
    });
    await processing.stop();
    await admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: '3' }] });
    await admin.disconnect();
    const notices: BusNotice[] = [];
    bus.process('g', 'in', copier(notices));
    await bus.append('in', [record('2')]);
    await until(async () => (await values(bus, 'out')).includes('2'));
    expect(notices.filter(({ kind }) => kind === 'gap')).toEqual([]);
    await bus.close();
  });

  it('restores its state from a log that compaction went over', async () => {
    const options = optionsFor(stageTopics);
    const bus = await openKafkaBus(options);
    const admin = kafkaOf().admin();
    await admin.connect();
    const eager = { 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01', 'delete.retention.ms': '100' };
    const configEntries = Object.entries({ ...eager, 'cleanup.policy': 'compact' }).map(([name, value]) => ({
      name,
      value,
    }));
    // 2: a topic. Node does not find kafkajs's name for it.
    await admin.alterConfigs({
      validateOnly: false,
      resources: [{ type: 2, name: `${options.topicPrefix}state`, configEntries }],
    });
    await admin.disconnect();
    const processing = bus.process('g', 'in', copier([]));
    let sent = 0;
    const compacted = async (): Promise<boolean> => {
      await bus.append('in', [record(String(sent))]);
      sent += 1;
      return sent > 20 && (await values(bus, 'state')).length < 5;
    };
    await until(compacted);
    await until(async () => (await values(bus, 'out')).length === sent);
    await processing.stop();
    bus.process('g', 'in', copier([]));
    await bus.append('in', [record('last')]);
    await until(async () => (await values(bus, 'out')).includes('last'));
    expect((await values(bus, 'state')).at(-1)).toBe(String(sent + 1));
    await bus.close();
  });

  it('goes on after its broker was killed, and after it hung for longer than a session', async () => {
    const bus = await openKafkaBus({ ...optionsFor(stageTopics), sessionTimeoutMs: 6_000, requestTimeoutMs: 3_000 });
    const processing = bus.process('g', 'in', copier([]));
    await processing.ready;
    const sent: string[] = [];
    const append = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        sent.push(String(sent.length));
        await bus.append('in', [record(String(sent.length - 1))]);
      }
    };
    await append(50);
    await broker.kill();
    const throughOutage = append(50);
    await broker.restart();
    await throughOutage;
    await broker.freeze();
    const throughFreeze = append(50);
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await broker.thaw();
    await throughFreeze;
    await until(async () => (await values(bus, 'out')).length >= sent.length);
    expect(await values(bus, 'out')).toEqual(sent);
    expect((await values(bus, 'state')).at(-1)).toBe(String(sent.length));
    await bus.close();
  });
});

describe('the module', () => {
  it('finds what it imports of kafkajs when plain Node loads it, as the product does', async () => {
    const bus = new URL('../../shared/bus/kafka/bus.ts', import.meta.url).href;
    const script = `import(${JSON.stringify(bus)}).then(({ openKafkaBus }) => console.log(typeof openKafkaBus))`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--eval', script]);
    expect(stdout.trim()).toBe('function');
  });
});

describe('brokers', () => {
  it('that nobody can reach are an error with what to do', async () => {
    const open = openKafkaBus({ ...optionsFor([topic('t')]), brokers: ['127.0.0.1:1'] });
    await expect(open).rejects.toMatchObject({ name: 'UserError', code: 69 });
    await expect(open).rejects.toThrow(/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/);
  });
});

describe('topics', () => {
  it('that exist with other settings are told, not changed', async () => {
    const options = optionsFor([topic('t')]);
    await (await openKafkaBus(options)).close();
    const differences: unknown[] = [];
    const longer = topic('t', { retention: { ms: 7_200_000, bytes: 100_000_000 } });
    const open = () => openKafkaBus({ ...options, topics: [longer], differs: (one) => differences.push(one) });
    await (await open()).close();
    await (await open()).close();
    const told = { topic: `${options.topicPrefix}t`, setting: 'retention.ms', expected: '7200000', actual: '3600000' };
    expect(differences).toEqual([told, told]);
  });

  it('with another number of partitions are refused', async () => {
    const options = optionsFor([topic('t')]);
    await (await openKafkaBus(options)).close();
    await expect(openKafkaBus({ ...options, topics: [topic('t', { partitions: 2 })] })).rejects.toThrow(
      /has 1 partitions instead of 2/,
    );
  });
});
