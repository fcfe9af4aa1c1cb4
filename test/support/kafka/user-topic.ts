import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withAdmin } from '../../../shared/bus/kafka/admin.ts';
import { eventually } from '../eventually.ts';

/** A message as an independent client (kcat) reads it. */
export interface Seen {
  readonly partition: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/** A topic of a user, for what is written there. */
export interface UserTopic {
  readonly name: string;
  /** All that is there. @param how arguments of kcat by which it reaches the brokers; default: the way without a user */
  messages(how?: readonly string[]): Promise<readonly Seen[]>;
  /** Idempotency ids of the messages, in their order. */
  ids(): Promise<readonly string[]>;
  /** Resolves when larger batches are refused. */
  limit(bytes: number): Promise<void>;
  /** Resolves when the topic has this setting, and the default of all others. */
  set(setting: string, value: string): Promise<void>;
}

const run = promisify(execFile);
const format = '%p\t%k\t%h\t%s\n';
const maxBuffer = 64 * 1_024 * 1_024;

export async function createUserTopic(
  broker: string,
  { name, partitions = 1, settings = {} }: { name: string; partitions?: number; settings?: Record<string, string> },
): Promise<UserTopic> {
  const endpoint = { brokers: [broker], clientId: 'test' };
  const configEntries = Object.entries(settings).map(([key, value]) => ({ name: key, value }));
  const topics = [{ topic: name, numPartitions: partitions, configEntries }];
  await withAdmin(endpoint, (admin) => admin.createTopics({ topics }));
  const messages = async (how: readonly string[] = ['-b', broker]): Promise<readonly Seen[]> => {
    const offsets = await withAdmin(endpoint, (admin) => admin.fetchTopicOffsets(name));
    const count = offsets.reduce((sum, { low, high }) => sum + Number(high) - Number(low), 0);
    if (count === 0) return [];
    // So many and no fewer: a broker that was away is waited for.
    const reading = ['-C', '-q', '-c', String(count), '-o', 'beginning', ...how, '-t', name, '-f', format];
    return (await run('kcat', reading, { maxBuffer })).stdout.split('\n').filter(Boolean).map(seen);
  };
  return {
    name,
    messages,
    ids: async () => (await messages()).map(({ headers }) => headers['idempotency-key'] ?? ''),
    limit: (bytes) => set(endpoint, name, ['max.message.bytes', String(bytes)]),
    set: (setting, value) => set(endpoint, name, [setting, value]),
  };
}

function seen(line: string): Seen {
  const [partition = '', key = '', headers = '', value = ''] = line.split('\t');
  const named = headers.split(',').map((one) => one.split('=', 2) as [string, string]);
  return { partition, key, headers: Object.fromEntries(named), value: JSON.parse(value) as unknown };
}

function set(
  endpoint: { brokers: string[]; clientId: string },
  topic: string,
  [name, value]: readonly [string, string],
): Promise<void> {
  const of = { type: 2, name: topic };
  return withAdmin(endpoint, async (admin) => {
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...of, configEntries: [{ name, value }] }] });
    await eventually(async () => {
      const asked = { resources: [{ ...of, configNames: [name] }], includeSynonyms: false };
      const { resources } = await admin.describeConfigs(asked);
      return resources[0]?.configEntries[0]?.configValue === value || undefined;
    });
  });
}
