import { readFile } from 'node:fs/promises';
import { map } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withAdmin } from '../../shared/bus/kafka/admin.ts';
import { type KafkaBusOptions, openKafkaBus } from '../../shared/bus/kafka/bus.ts';
import type { KafkaEndpoint } from '../../shared/bus/kafka/client.ts';
import type { TopicDifference } from '../../shared/bus/kafka/topic-settings.ts';
import { type Bus, isTick } from '../../shared/bus/port.ts';
import type { TopicSpec } from '../../shared/bus/topics.ts';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { eventually } from '../support/eventually.ts';
import { type SecureBroker, startBroker } from '../support/kafka/broker.ts';

let broker: SecureBroker;
beforeAll(async () => {
  broker = await startBroker({ secure: true });
}, 120_000);
afterAll(() => broker.stop());

const retention = { ms: 3_600_000, bytes: 64 * 1_048_576 };
const specs: readonly TopicSpec[] = [
  { name: 'in', cleanup: 'delete', partitions: 2, retention },
  { name: 'out', cleanup: 'delete', partitions: 2, retention },
  { name: 'state', cleanup: 'compact', partitions: 2, retention },
];

let made = 0;
/** Topics that no other test has; all rights are on names that begin with `moorwatch.`. */
const freshPrefix = (): string => {
  made += 1;
  return `moorwatch.t${made}.`;
};

const optionsOf = (endpoint: KafkaEndpoint, more: Partial<KafkaBusOptions> = {}): KafkaBusOptions => ({
  ...endpoint,
  topicPrefix: freshPrefix(),
  topics: specs,
  replication: 1,
  ...more,
});

/** The error of an opening that must fail. */
async function refusal(options: KafkaBusOptions): Promise<UserError> {
  const outcome = await openKafkaBus(options).then(
    async (bus) => {
      await bus.close();
      return 'opened' as const;
    },
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(UserError);
  return outcome as UserError;
}

/** Appends to `in`, copies to `out` by a stage, and reads it back. */
async function work(bus: Bus): Promise<ReadonlySet<string | null>> {
  await bus.append('in', [
    { key: 'a', value: '"1"', at: 1 },
    { key: 'b', value: '"2"', at: 2 },
  ]);
  const copying = bus.process('copy', 'in', {
    stateTopic: 'state',
    open: () =>
      map(({ records }) => ({
        done: records.length,
        outputs: records
          .filter((one) => !isTick(one))
          .map(({ key, value, at }) => ({ topic: 'out', record: { key, value, at } })),
        state: records.map(({ key, value }) => ({ key, value })),
      })),
  });
  const values = new Set<string | null>();
  const enough = new AbortController();
  for await (const { records } of bus.read('out', { from: 'oldest', follow: true, signal: enough.signal })) {
    for (const { value } of records) values.add(value);
    if (values.size >= 2) enough.abort();
  }
  await copying.stop();
  return values;
}

describe('the ways in', () => {
  it.each(['scram-sha-256', 'scram-sha-512', 'plain', 'mtls'] as const)(
    'append, process and read over TLS with %s',
    async (how) => {
      const bus = await openKafkaBus(optionsOf(await broker.endpoint(how)));
      try {
        expect(await work(bus)).toEqual(new Set(['"1"', '"2"']));
      } finally {
        await bus.close();
      }
    },
  );
});

describe('who is not let in', () => {
  it.each(['scram-sha-256', 'scram-sha-512', 'plain'] as const)('%s: a wrong password', async (mechanism) => {
    const { sasl, ...endpoint } = await broker.endpoint(mechanism);
    const error = await refusal(
      optionsOf({ ...endpoint, sasl: { mechanism, username: sasl?.username ?? '', password: 'not-it' } }),
    );
    expect(error.code).toBe(exitCode.permission);
    expect(error.message).toContain('refuses the user moorwatch');
    expect(error.fix).toContain('kafka.sasl.passwordFile');
    expect(error.message + error.fix).not.toContain('not-it');
  });

  it('a broker of an authority that is not known', async () => {
    const endpoint = await broker.endpoint('plain');
    const error = await refusal(optionsOf({ ...endpoint, ssl: { ca: await readFile(broker.files.stranger) } }));
    expect(error.code).toBe(exitCode.config);
    expect(error.message).toContain('certificate');
    expect(error.fix).toContain('kafka.ssl.ca');
  });

  it('a certificate for another name', async () => {
    const endpoint = await broker.endpoint('plain');
    const port = endpoint.brokers[0]?.split(':')[1] ?? '';
    // The certificate of this broker is for 127.0.0.1 only.
    const error = await refusal(optionsOf({ ...endpoint, brokers: [`localhost:${port}`] }));
    expect(error.code).toBe(exitCode.config);
    expect(error.message).toContain('localhost');
  });

  it('a client without a certificate where one is asked for', async () => {
    const { ssl, ...endpoint } = await broker.endpoint('mtls');
    const error = await refusal(optionsOf({ ...endpoint, ssl: { ca: ssl?.ca } }));
    expect(error.code).toBe(exitCode.permission);
    expect(error.message).toContain('asks for a certificate');
    expect(error.fix).toContain('kafka.ssl.cert');
  });

  it('SASL where the listener has none', async () => {
    const [sasl, mtls] = await Promise.all([broker.endpoint('plain'), broker.endpoint('mtls')]);
    const error = await refusal(optionsOf({ ...mtls, ...(sasl.sasl ? { sasl: sasl.sasl } : {}) }));
    expect(error.code).toBe(exitCode.config);
    expect(error.fix).toContain('kafka.sasl.mechanism');
  });

  it('plain text where the listener speaks TLS: as if nobody were there, with the word to try', async () => {
    const error = await refusal(optionsOf({ brokers: [broker.saslAddress], clientId: 'test' }));
    expect(error.code).toBe(exitCode.unavailable);
    expect(error.fix).toContain('kafka.ssl.enabled');
  });

  it('a user without rights', async () => {
    const error = await refusal(optionsOf(await broker.endpoint('plain', 'nobody')));
    expect(error.code).toBe(exitCode.permission);
    expect(error.message).toContain('may not create');
    expect(error.fix).toContain('kafka-topics.sh');
  });
});

describe('without the right to create topics and to see their settings', () => {
  it('lists what is missing with the commands that create it, and works when somebody ran them', async () => {
    const options = optionsOf(await broker.endpoint('scram-sha-512', 'worker'), { createTopics: false });
    const error = await refusal(options);
    expect(error.code).toBe(exitCode.config);
    const commands = error.fix.split('\n').filter((line) => line.startsWith('kafka-topics.sh'));
    expect(commands).toHaveLength(specs.length);
    await asCommanded(commands);
    const unseen: string[] = [];
    const bus = await openKafkaBus({ ...options, unseen: (topics) => void unseen.push(...topics) });
    try {
      expect(await work(bus)).toEqual(new Set(['"1"', '"2"']));
    } finally {
      await bus.close();
    }
    expect(unseen.sort()).toEqual(specs.map(({ name }) => options.topicPrefix + name).sort());
  });

  it('the commands make what we would have made', async () => {
    const endpoint = await broker.endpoint('plain');
    const options = optionsOf(endpoint, { createTopics: false });
    await asCommanded((await refusal(options)).fix.split('\n').filter((line) => line.startsWith('kafka-topics.sh')));
    expect(await differences({ ...options, createTopics: true })).toEqual([]);
  });

  it('says that topics may not be seen rather than that they are missing', async () => {
    const topicPrefix = freshPrefix();
    await (await openKafkaBus({ ...optionsOf(await broker.endpoint('plain')), topicPrefix })).close();
    const endpoint = await broker.endpoint('plain', 'nobody');
    const error = await refusal({ ...optionsOf(endpoint, { createTopics: false }), topicPrefix });
    expect(error.code).toBe(exitCode.permission);
    expect(error.message).toContain('may not see');
  });
});

it('a password that is changed while we run is told, and appends wait until it is right again', async () => {
  const told: UserError[] = [];
  const options = optionsOf(await broker.endpoint('plain'));
  const bus = await openKafkaBus({ ...options, refused: (error) => void told.push(error) });
  await bus.append('in', [{ key: 'a', value: '"1"', at: 1 }]);
  await restartWith('changed');
  const appended = bus.append('in', [{ key: 'a', value: '"2"', at: 2 }]);
  try {
    await eventually(() => told.length > 0 || undefined);
    expect(told.map(({ code }) => code)).toEqual([exitCode.permission]);
  } finally {
    await restartWith(broker.password('moorwatch'));
  }
  await appended;
  await bus.close();
}, 90_000);

async function restartWith(password: string): Promise<void> {
  await broker.setPassword('moorwatch', password);
  await broker.kill();
  await broker.restart();
}

/** Runs `kafka-topics.sh --create` as far as its arguments say what to create. */
async function asCommanded(commands: readonly string[]): Promise<void> {
  const after = (words: readonly string[], flag: string): string => words[words.indexOf(flag) + 1] ?? '';
  const topics = commands.map((command) => {
    const words = command.split(' ');
    const settings = words.flatMap((word, index) => (words[index - 1] === '--config' ? [word.split('=')] : []));
    return {
      topic: after(words, '--topic'),
      numPartitions: Number(after(words, '--partitions')),
      replicationFactor: Number(after(words, '--replication-factor')),
      configEntries: settings.map(([name = '', value = '']) => ({ name, value })),
    };
  });
  await withAdmin({ brokers: [broker.address], clientId: 'test' }, (admin) => admin.createTopics({ topics }));
}

async function differences(options: KafkaBusOptions): Promise<readonly TopicDifference[]> {
  const found: TopicDifference[] = [];
  const bus = await openKafkaBus({ ...options, differs: (difference) => void found.push(difference) });
  await bus.close();
  return found;
}

describe('a right that is taken away while we run', () => {
  const onTopic = (name: string, operation: 'READ' | 'WRITE') =>
    ({ on: 'topic', name, prefixed: true, operation }) as const;

  it('to write: the append says so at once, and goes on when it is given back', async () => {
    const bus = await openKafkaBus(
      optionsOf(await broker.endpoint('plain', 'worker'), { topicPrefix: await existing() }),
    );
    try {
      await bus.append('in', [{ key: 'a', value: '"1"', at: 1 }]);
      await broker.revoke('worker', onTopic('moorwatch.', 'WRITE'));
      await expect(bus.append('in', [{ key: 'a', value: '"2"', at: 2 }])).rejects.toThrow(/[Nn]ot authorized/);
    } finally {
      await broker.allow('worker', onTopic('moorwatch.', 'WRITE'));
    }
    await bus.append('in', [{ key: 'a', value: '"3"', at: 3 }]);
    await bus.close();
  });

  it('to read: a stage tells why it lost its session, and goes on when it is given back', async () => {
    const bus = await openKafkaBus(
      optionsOf(await broker.endpoint('plain', 'worker'), { topicPrefix: await existing() }),
    );
    const lost: string[] = [];
    const seen: (string | null)[] = [];
    const copying = bus.process('copy', 'in', {
      notice: (notice) => {
        if (notice.kind === 'session-lost') lost.push(messageOf(notice.error));
      },
      open: () =>
        map(({ records }) => {
          seen.push(...records.map(({ value }) => value));
          return { done: records.length, outputs: [], state: [] };
        }),
    });
    try {
      await copying.ready;
      await broker.revoke('worker', onTopic('moorwatch.', 'READ'));
      await eventually(() => lost.some((reason) => /[Nn]ot authorized/.test(reason)) || undefined);
    } finally {
      await broker.allow('worker', onTopic('moorwatch.', 'READ'));
    }
    await bus.append('in', [{ key: 'a', value: '"late"', at: 1 }]);
    await eventually(() => seen.includes('"late"') || undefined);
    await bus.close();
  });

  /** The prefix of topics that are there. */
  async function existing(): Promise<string> {
    const options = optionsOf(await broker.endpoint('plain'));
    await (await openKafkaBus(options)).close();
    return options.topicPrefix;
  }
});

describe('topics that exist', () => {
  /** By setting: a value that does not do. */
  const wrong = {
    'cleanup.policy': 'compact',
    'message.timestamp.type': 'CreateTime',
    'retention.ms': '7200000',
    'retention.bytes': '1000000000',
    'segment.ms': '604800000',
    'segment.bytes': '1073741824',
    'unclean.leader.election.enable': 'true',
    'compression.type': 'zstd',
    'max.message.bytes': '100000',
  };

  it.each(Object.entries(wrong))('a different %s is told, and nothing is changed', async (name, value) => {
    const options = optionsOf({ brokers: [broker.address], clientId: 'test' }, { topics: specs.slice(0, 1) });
    const topic = `${options.topicPrefix}in`;
    await (await openKafkaBus(options)).close();
    const asked = { includeSynonyms: false, resources: [{ type: 2, name: topic }] };
    const settings = (): Promise<readonly { configName: string; configValue: string }[]> =>
      withAdmin(options, async (admin) => (await admin.describeConfigs(asked)).resources[0]?.configEntries ?? []);
    await withAdmin(options, async (admin) => {
      // Replaces all settings, so those that were made are given again.
      const made = (await settings()).filter((one) => one.configName in wrong && one.configName !== name);
      const entries = made.map((one) => ({ name: one.configName, value: one.configValue }));
      const configEntries = [...entries, { name, value }];
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] });
    });
    expect(await differences(options)).toEqual([expect.objectContaining({ topic, setting: name, actual: value })]);
    expect((await settings()).find((one) => one.configName === name)?.configValue).toBe(value);
  });

  it('fewer copies than configured are told', async () => {
    const options = optionsOf({ brokers: [broker.address], clientId: 'test' }, { topics: specs.slice(0, 1) });
    await (await openKafkaBus(options)).close();
    const found = await differences({ ...options, replication: 3 });
    expect(found).toContainEqual(expect.objectContaining({ setting: 'replication factor', actual: '1' }));
  });

  it('another number of partitions is refused', async () => {
    const options = optionsOf(await broker.endpoint('plain'));
    await (await openKafkaBus(options)).close();
    const error = await refusal({ ...options, topics: specs.map((spec) => ({ ...spec, partitions: 3 })) });
    expect(error.code).toBe(exitCode.config);
    expect(error.fix).toContain('log.partitions to 2');
  });

  it('more copies than there are brokers are refused in plain words', async () => {
    const error = await refusal(optionsOf(await broker.endpoint('plain'), { replication: 3 }));
    expect(error.code).toBe(exitCode.config);
    expect(error.fix).toContain('kafka.replication');
  });

  it('several processes that start at once all succeed', async () => {
    const options = optionsOf(await broker.endpoint('plain'));
    const opened = await Promise.all(Array.from({ length: 4 }, () => openKafkaBus(options)));
    await Promise.all(opened.map((bus) => bus.close()));
    expect(opened).toHaveLength(4);
  });
});
