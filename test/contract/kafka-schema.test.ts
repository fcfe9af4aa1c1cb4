import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { map } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { type Bus, type BusNotice, isTick, type Processor } from '../../shared/bus/port.ts';
import { IncompatibleRecordError } from '../../shared/bus/record-schema.ts';
import { eventually } from '../support/eventually.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';

/** Programs of several versions on one log, as during a rolling upgrade. */
let broker: Broker;
let bus: Bus;
const prefix = 'fleet.';
const topics = ['in', 'out', 'state', 'rejected'].map((name) => ({
  name,
  cleanup: name === 'state' ? ('compact' as const) : ('delete' as const),
  partitions: 1,
  retention: { ms: 3_600_000, bytes: 100_000_000 },
}));
const record = (value: string) => ({ key: 'host', value, at: 1 });

beforeAll(async () => {
  broker = await startBroker();
  bus = await openKafkaBus({
    brokers: [broker.address],
    clientId: 'test',
    topicPrefix: prefix,
    topics,
    replication: 1,
  });
}, 180_000);
afterAll(async () => {
  await bus.close();
  await broker.stop();
});

/** What a program of another version appends. */
async function foreign(name: string, value: string, version: string): Promise<void> {
  const kafka = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const headers = { 'moorwatch-schema': version, 'moorwatch-at': '1' };
  await producer.send({ topic: prefix + name, messages: [{ key: 'host', value, partition: 0, headers }] });
  await producer.disconnect();
}

const copier = (notices: BusNotice[], stateTopic?: string): Processor => ({
  ...(stateTopic === undefined ? {} : { stateTopic }),
  notice: (notice) => void notices.push(notice),
  open: () =>
    map((batch) => ({
      outputs: batch.records
        .filter((one) => !isTick(one))
        .map(({ value }) => ({ topic: 'out', record: record(value ?? '') })),
      state: [],
      done: batch.records.length,
    })),
});

async function values(name: string): Promise<(string | null)[]> {
  const found: (string | null)[] = [];
  for await (const { records } of bus.read(name, { from: 'oldest', follow: false }))
    found.push(...records.map(({ value }) => value));
  return found;
}

const incompatible = (notices: readonly BusNotice[]) =>
  notices.find((notice) => notice.kind === 'session-lost' && notice.error instanceof IncompatibleRecordError);

describe('records of other versions', () => {
  it('are read when the version is a newer minor one; at a newer major one the stage stops, with all before it done', async () => {
    await bus.append('in', [record('ours')]);
    await foreign('in', 'newer minor', '1.9');
    await foreign('in', 'newer major', '2.0');
    await bus.append('in', [record('behind it')]);
    const notices: BusNotice[] = [];
    const processing = bus.process('old', 'in', copier(notices));
    await eventually(() => incompatible(notices));
    await processing.stop();
    expect(await values('out')).toEqual(['ours', 'newer minor']);
    expect(incompatible(notices)).toMatchObject({
      error: {
        message: expect.stringContaining('in/0@2 was written by a newer Moorwatch (record schema 2.0') as string,
      },
    });
    expect(await values('rejected')).toEqual([]);
    await expect(values('in')).rejects.toThrow(IncompatibleRecordError);
  });

  it('are not overlooked in the state of a stage either', async () => {
    await foreign('state', '{}', '2.0');
    const notices: BusNotice[] = [];
    const processing = bus.process('restoring', 'in', copier(notices, 'state'));
    await eventually(() => incompatible(notices));
    await processing.stop();
    expect(notices.filter(({ kind }) => kind === 'assigned')).toEqual([]);
  });

  it('end a read that follows, instead of waiting for ever', async () => {
    const reading = (async () => {
      for await (const page of bus.read('in', { from: 'oldest', follow: true })) void page;
    })();
    await expect(reading).rejects.toThrow(IncompatibleRecordError);
  });
});
