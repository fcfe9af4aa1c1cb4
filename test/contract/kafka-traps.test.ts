import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { type KafkaBusOptions, openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import { openSession } from '../../shared/bus/kafka/session.ts';
import type { Bus, BusNotice, NewRecord } from '../../shared/bus/port.ts';
import { busGapHeader } from '../../shared/bus/port.ts';
import type { TopicSpec } from '../../shared/bus/topics.ts';
import { messageOf } from '../../shared/errors.ts';
import {
  all,
  chain,
  commitOf,
  counted,
  counting,
  firstRecords,
  firstValues,
  noticeBoard,
  numbers,
  processorOf,
  record,
  spec,
  values,
} from '../support/bus/stages.ts';
import { type Broker, startBroker } from '../support/kafka/broker.ts';
import { api, brokerError, type Network, openNetwork } from '../support/kafka/network.ts';

/**
 * What kafkajs 2.2.4 and brokers are known to do wrong, each against the real broker. In kafka.test.ts: a broker that is killed or hangs,
 * transactions and their markers, a stage that is fenced. In the contract suite: retention that overran a position at rest.
 */
let broker: Broker;
let prefixes = 0;
const opened: Bus[] = [];
const networks: Network[] = [];

beforeAll(async () => {
  broker = await startBroker();
}, 180_000);
afterAll(() => broker?.stop());
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bus) => bus.close()));
  await Promise.all(networks.splice(0).map((network) => network.close()));
});

const optionsFor = (topics: readonly TopicSpec[]): KafkaBusOptions => {
  prefixes += 1;
  return {
    brokers: [broker.address],
    clientId: 'test',
    topicPrefix: `trap${prefixes}.`,
    topics,
    replication: 1,
    sessionTimeoutMs: 1_000,
    requestTimeoutMs: 3_000,
  };
};

async function open(options: KafkaBusOptions): Promise<Bus> {
  const bus = await openKafkaBus(options);
  opened.push(bus);
  return bus;
}

function through(options: KafkaBusOptions): { network: Network; options: KafkaBusOptions } {
  const network = openNetwork();
  networks.push(network);
  return { network, options: { ...options, connect: (to) => network.connect(to) } };
}

const until = async (ok: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await ok())) await delay(50);
};

const promised = <T>(): { promise: Promise<T>; resolve: (value: T) => void } => {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

/** Not compressible. */
const noise = (bytes: number): string => randomBytes(bytes).toString('base64').slice(0, bytes);

const onPartition = (records: readonly NewRecord[], partition: number): NewRecord[] =>
  records.map((one) => ({ ...one, partition }));

/** Creates a topic with a setting that the bus would not choose. */
const createOther = (options: KafkaBusOptions, name: string, settings: Readonly<Record<string, string>>) =>
  withAdmin(options, (admin) =>
    admin.createTopics({
      topics: [
        {
          topic: options.topicPrefix + name,
          numPartitions: 1,
          replicationFactor: 1,
          configEntries: Object.entries({ 'message.timestamp.type': 'LogAppendTime', ...settings }).map(
            ([key, value]) => ({
              name: key,
              value,
            }),
          ),
        },
      ],
    }),
  );

/** Partitions that are held now, by the notices of one member. */
const heldBy = (notices: readonly BusNotice[]): number =>
  notices.filter(({ kind }) => kind === 'assigned').length - notices.filter(({ kind }) => kind === 'revoked').length;

describe('a rebalance', () => {
  it('while a batch takes longer than session and rebalance neither loses nor doubles anything', async () => {
    const options = optionsFor(chain(4));
    const bus = await open(options);
    const other = await open(options);
    const boards = [noticeBoard(), noticeBoard()] as const;
    let slow = true;
    const long = processorOf(
      async (batch) => {
        if (batch.partition === 0 && slow) {
          slow = false;
          await delay(13_000);
        }
        return commitOf(batch);
      },
      { notice: boards[0].notice },
    );
    await bus.process('g', 'in', long).ready;
    for (const partition of [0, 1, 2, 3]) await bus.append('in', onPartition(numbers(0, 50), partition));
    await until(() => !slow);
    const second = processorOf((batch) => commitOf(batch), { notice: boards[1].notice });
    const visit = other.process('g', 'in', second);
    await visit.ready;
    await visit.stop();
    other.process('g', 'in', second);
    const found = await firstRecords(bus, 'out', 200);
    for (const partition of [0, 1, 2, 3])
      expect(found.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(
        numbers(0, 50).map(({ value }) => value),
      );
    await until(() => heldBy(boards[0].all) === 2 && heldBy(boards[1].all) === 2);
    expect(await all(bus, 'out')).toHaveLength(200);
  });

  it('after another under load keeps order and count, and both members have their share in the end', async () => {
    const options = optionsFor(chain(4));
    const bus = await open(options);
    const other = await open(options);
    const boards = [noticeBoard(), noticeBoard()] as const;
    await bus.process('g', 'in', counting({ notice: boards[0].notice, batchSize: 5 })).ready;
    let sent = 0;
    let loading = true;
    const load = (async () => {
      for (; loading; sent += 10)
        for (const partition of [0, 1, 2, 3]) await bus.append('in', onPartition(numbers(sent, sent + 10), partition));
    })();
    const member = () => other.process('g', 'in', counting({ notice: boards[1].notice, batchSize: 5 }));
    for (let round = 0; round < 4; round += 1) {
      const visit = member();
      await visit.ready;
      await delay(round * 100);
      await visit.stop();
    }
    member();
    await until(() => heldBy(boards[0].all) === 2 && heldBy(boards[1].all) === 2);
    loading = false;
    await load;
    const found = await firstRecords(bus, 'out', 4 * sent);
    for (const partition of [0, 1, 2, 3])
      expect(found.filter((one) => one.partition === partition).map(({ value }) => value)).toEqual(counted(0, sent));
    expect(await all(bus, 'out')).toHaveLength(4 * sent);
  });
});

describe('a consumer that kafkajs gives up for good', () => {
  it('because the group refused it is replaced', async () => {
    const { network, options } = through(optionsFor(chain()));
    const bus = await open(options);
    const board = noticeBoard();
    const refused = network.answer(api.join, brokerError.groupAuthorizationFailed);
    bus.process('g', 'in', counting({ notice: board.notice }));
    await refused;
    expect((await board.until('session-lost')).error).toMatchObject({ type: 'GROUP_AUTHORIZATION_FAILED' });
    await bus.append('in', numbers(0, 5));
    expect(await firstValues(bus, 'out', 5)).toEqual(counted(0, 5));
  });

  it('because the group forgot it goes on', async () => {
    const { network, options } = through(optionsFor(chain()));
    const bus = await open(options);
    await bus.process('g', 'in', counting()).ready;
    await network.answer(api.heartbeat, brokerError.unknownMember);
    await bus.append('in', numbers(0, 5));
    expect(await firstValues(bus, 'out', 5)).toEqual(counted(0, 5));
  });
});

describe('a network that swallows everything', () => {
  it('holds up a stage and appends only as long as it does', async () => {
    const calm = optionsFor(chain());
    const { network, options } = through(calm);
    const bus = await open(options);
    const witness = await open(calm);
    const board = noticeBoard();
    await bus.process('g', 'in', counting({ notice: board.notice })).ready;
    await bus.append('in', numbers(0, 5));
    await firstValues(witness, 'out', 5);
    network.swallow();
    const appending = bus.append('in', numbers(5, 10));
    await board.until('session-lost');
    network.heal();
    await appending;
    const seen = await firstRecords(witness, 'out', 10);
    expect(seen.map(({ value }) => value)).toEqual(counted(0, 10));
  });

  const silent = async (begin: (network: Network) => Promise<void>): Promise<unknown> => {
    // kafkajs itself would wait for answers for ten minutes.
    const { network, options } = through({ ...optionsFor(chain()), requestTimeoutMs: 600_000 });
    await open({ ...options, requestTimeoutMs: 3_000 });
    const gone = promised<unknown>();
    const joined = promised<void>();
    const session = await openSession({
      endpoint: options,
      group: `${options.topicPrefix}g`,
      topic: `${options.topicPrefix}in`,
      sessionTimeoutMs: 1_000,
      signal: new AbortController().signal,
      assigned: () => joined.resolve(),
      lost: gone.resolve,
    });
    await joined.promise;
    await begin(network);
    network.swallow();
    const error = await gone.promise;
    await session.leave();
    return error;
  };

  it('ends a session without any word of kafkajs', async () => {
    expect(messageOf(await silent(() => Promise.resolve()))).toMatch(/gave no sign for/);
  });

  it('ends a session that is just joining anew', async () => {
    const error = await silent((network) => network.answer(api.heartbeat, brokerError.rebalanceInProgress));
    expect(messageOf(error)).toMatch(/gave no sign for/);
  });
});

describe('an outage longer than kafkajs tries', () => {
  for (const [name, begin] of [
    ['of a broker that refuses connections', (network: Network) => network.refuse()],
    ['of a name that does not resolve', (network: Network) => network.forgetNames()],
  ] as const)
    it(`${name} ends with a stage and an append that began in it`, async () => {
      const { network, options } = through(optionsFor(chain()));
      const bus = await open(options);
      begin(network);
      const board = noticeBoard();
      bus.process('g', 'in', counting({ notice: board.notice }));
      const appending = bus.append('in', numbers(0, 5));
      await until(() => board.all.filter(({ kind }) => kind === 'session-lost').length === 2);
      network.heal();
      await appending;
      expect(await firstValues(bus, 'out', 5)).toEqual(counted(0, 5));
    });
});

describe('a producer that the broker does not want any more', () => {
  for (const name of ['outOfOrderSequence', 'invalidProducerEpoch', 'unknownProducer'] as const) {
    it(`(${name}) is replaced, and the append is sent again`, async () => {
      const { network, options } = through(optionsFor([spec('t')]));
      const bus = await open(options);
      await bus.append('t', [record('0')]);
      const refused = network.answer(api.produce, brokerError[name]);
      await bus.append('t', [record('1')]);
      await refused;
      await bus.append('t', [record('2')]);
      // The answer was a lie and the broker had it: at least once.
      expect([...new Set(await values(bus, 't'))]).toEqual(['0', '1', '2']);
    });

    it(`(${name}) in a transaction costs the session, and no record`, async () => {
      const calm = optionsFor(chain());
      const { network, options } = through(calm);
      const witness = await open(calm);
      const bus = await open(options);
      const board = noticeBoard();
      await bus.process('g', 'in', counting({ notice: board.notice })).ready;
      await witness.append('in', numbers(0, 5));
      await firstValues(witness, 'out', 5);
      const refused = network.answer(api.produce, brokerError[name]);
      await witness.append('in', numbers(5, 10));
      await refused;
      await board.until('session-lost');
      expect(await firstValues(witness, 'out', 10)).toEqual(counted(0, 10));
      await bus.append('in', numbers(10, 11));
      await firstValues(witness, 'out', 11);
      expect(await values(witness, 'out')).toEqual(counted(0, 11));
    });
  }

  it('(the transaction before is not ended yet) commits when it is', async () => {
    const calm = optionsFor(chain());
    const { network, options } = through(calm);
    const bus = await open(options);
    const board = noticeBoard();
    await bus.process('g', 'in', counting({ notice: board.notice })).ready;
    const refused = network.answer(api.addOffsets, brokerError.concurrentTransactions);
    await bus.append('in', numbers(0, 5));
    await refused;
    expect(await firstValues(bus, 'out', 5)).toEqual(counted(0, 5));
    expect(board.all.map(({ kind }) => kind)).not.toContain('session-lost');
  });
});

describe('sizes', () => {
  it('up to the largest record pass, and a commit of many megabytes is one', async () => {
    const options = optionsFor(chain());
    const bus = await open(options);
    const text = noise(890_000);
    const stage = processorOf(
      (batch) => ({
        outputs: Array.from({ length: 12 }, (_, index) => ({ topic: 'out', record: record(`${index}${text}`) })),
        state: Array.from({ length: 40 }, (_, index) => ({ key: `k${index}`, value: text.slice(0, 60_000) })),
        done: batch.records.length,
      }),
      { stateTopic: 'state' },
    );
    bus.process('g', 'in', stage);
    await bus.append('in', [record(text)]);
    const found = await firstValues(bus, 'out', 12);
    expect(found).toEqual(Array.from({ length: 12 }, (_, index) => `${index}${text}`));
    expect(await all(bus, 'state')).toHaveLength(40);
  });

  it('that a topic takes less of: appends are cut, and a record too large alone is refused with the setting', async () => {
    const options = optionsFor([spec('t')]);
    await createOther(options, 't', { 'max.message.bytes': '100000' });
    const bus = await open(options);
    const many = Array.from({ length: 40 }, (_, index) => record(`${index} ${noise(10_000)}`));
    await bus.append('t', many);
    expect(await values(bus, 't')).toEqual(many.map(({ value }) => value));
    await expect(bus.append('t', [record(noise(200_000))])).rejects.toThrow(
      new RegExp(`${options.topicPrefix}t: set max\\.message\\.bytes of the topic to 1048588`),
    );
    await bus.append('t', [record('after')]);
    expect((await values(bus, 't')).at(-1)).toBe('after');
  });

  it('that an output topic takes less of: the stage goes on record by record, and what is too large alone is rejected', async () => {
    const options = optionsFor(chain());
    await createOther(options, 'out', { 'max.message.bytes': '100000' });
    const bus = await open(options);
    const board = noticeBoard();
    const small = Array.from({ length: 20 }, (_, index) => record(`${index} ${noise(10_000)}`));
    await bus.append('in', [...small.slice(0, 10), record(noise(200_000)), ...small.slice(10)]);
    bus.process(
      'g',
      'in',
      processorOf((batch) => commitOf(batch), { notice: board.notice }),
    );
    const rejected = await board.until('rejected');
    expect(messageOf(rejected.error)).toMatch(/set max\.message\.bytes/);
    expect(await firstValues(bus, 'out', 20)).toEqual(small.map(({ value }) => value));
    expect(await all(bus, 'rejected')).toHaveLength(1);
    expect(board.all.map(({ kind }) => kind)).not.toContain('session-lost');
  });
});

describe('compression', () => {
  it('with gzip is read', async () => {
    const options = optionsFor([spec('t')]);
    await createOther(options, 't', { 'compression.type': 'gzip' });
    const bus = await open(options);
    await bus.append('t', numbers(0, 3));
    expect(await values(bus, 't')).toEqual(['0', '1', '2']);
  });

  for (const codec of ['snappy', 'lz4', 'zstd'])
    it(`with ${codec} stops a read and a stage with what to set`, async () => {
      const options = optionsFor(chain());
      await createOther(options, 'in', { 'compression.type': codec });
      const bus = await open(options);
      await bus.append('in', numbers(0, 3));
      const told = {
        name: 'ForeignCompressionError',
        message: `in/0@0 holds records compressed with ${codec}, which is not read here`,
        fix: 'set compression.type of the topic to producer (or gzip, or uncompressed), and begin it anew or behind those records',
      };
      await expect(values(bus, 'in')).rejects.toMatchObject(told);
      const board = noticeBoard();
      bus.process('g', 'in', counting({ notice: board.notice }));
      expect((await board.until('session-lost')).error).toMatchObject(told);
    });
});

describe('retention', () => {
  it('that overtakes a stage at work is told as a gap, and all that is left is read', async () => {
    const options = optionsFor(chain());
    const bus = await open(options);
    const board = noticeBoard();
    const text = noise(50_000);
    const entered = promised<void>();
    const goOn = promised<void>();
    const seen: number[] = [];
    const slow = processorOf(
      async (batch) => {
        entered.resolve();
        await goOn.promise;
        for (const one of batch.records) if (one.headers[busGapHeader] === undefined) seen.push(one.offset);
        return commitOf(batch, { out: ({ offset }) => String(offset) });
      },
      { notice: board.notice, batchSize: 5 },
    );
    for (let index = 0; index < 100; index += 1) await bus.append('in', [record(`${index}${text}`)]);
    bus.process('g', 'in', slow);
    await entered.promise;
    await withAdmin(options, (admin) =>
      admin
        .fetchTopicOffsets(`${options.topicPrefix}in`)
        .then(() =>
          admin.deleteTopicRecords({ topic: `${options.topicPrefix}in`, partitions: [{ partition: 0, offset: '80' }] }),
        ),
    );
    goOn.resolve();
    const { gap } = await board.until('gap');
    await until(() => seen.includes(99));
    const before = Array.from({ length: gap.from }, (_, offset) => offset);
    const after = Array.from({ length: 20 }, (_, index) => 80 + index);
    expect(gap).toEqual({ topic: 'in', partition: 0, from: before.length, to: 80 });
    expect(before.length).toBeGreaterThan(0);
    expect(seen).toEqual([...before, ...after]);
  });
});

describe('a group whose positions the broker forgot', () => {
  it('begins with the oldest record and says so', async () => {
    const options = optionsFor(chain());
    const bus = await open(options);
    await bus.append('in', numbers(0, 5));
    const processing = bus.process('g', 'in', counting());
    await firstValues(bus, 'out', 5);
    await processing.stop();
    await withAdmin(options, async (admin) => {
      await admin.deleteGroups([`${options.topicPrefix}g`]);
      await admin.fetchTopicOffsets(`${options.topicPrefix}in`);
      await admin.deleteTopicRecords({
        topic: `${options.topicPrefix}in`,
        partitions: [{ partition: 0, offset: '2' }],
      });
    });
    const board = noticeBoard();
    bus.process('g', 'in', counting({ notice: board.notice }));
    expect(await board.until('no-position')).toEqual({ kind: 'no-position', partition: 0, from: 2, records: 3 });
    // Its state is still there: whoever counts ids knows these records already.
    expect(await firstValues(bus, 'out', 8)).toEqual([...counted(0, 5), '2#6', '3#7', '4#8']);
  });

  it('is not told so on an empty log, nor when it has its position', async () => {
    const options = optionsFor(chain());
    const bus = await open(options);
    const board = noticeBoard();
    const first = bus.process('g', 'in', counting({ notice: board.notice }));
    await first.ready;
    await bus.append('in', numbers(0, 2));
    await firstValues(bus, 'out', 2);
    await first.stop();
    await bus.process('g', 'in', counting({ notice: board.notice })).ready;
    expect(board.all.map(({ kind }) => kind)).not.toContain('no-position');
  });
});
