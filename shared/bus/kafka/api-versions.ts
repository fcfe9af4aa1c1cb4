/** By number of the API: the versions a broker takes. */
export type ApiVersions = ReadonlyMap<number, { readonly min: number; readonly max: number }>;

/** What the bus asks brokers, with the oldest version that does for us and the newest that kafkajs 2.2.4 speaks. */
const used = [
  { key: 0, name: 'Produce', oldest: 3, newest: 7 },
  { key: 1, name: 'Fetch', oldest: 4, newest: 11 },
  { key: 2, name: 'ListOffsets', oldest: 1, newest: 3 },
  { key: 3, name: 'Metadata', oldest: 1, newest: 6 },
  { key: 8, name: 'OffsetCommit', oldest: 2, newest: 5 },
  { key: 9, name: 'OffsetFetch', oldest: 1, newest: 4 },
  { key: 10, name: 'FindCoordinator', oldest: 1, newest: 2 },
  { key: 11, name: 'JoinGroup', oldest: 0, newest: 5 },
  { key: 12, name: 'Heartbeat', oldest: 0, newest: 3 },
  { key: 13, name: 'LeaveGroup', oldest: 0, newest: 3 },
  { key: 14, name: 'SyncGroup', oldest: 0, newest: 3 },
  { key: 19, name: 'CreateTopics', oldest: 1, newest: 3 },
  { key: 22, name: 'InitProducerId', oldest: 0, newest: 1 },
  { key: 24, name: 'AddPartitionsToTxn', oldest: 0, newest: 1 },
  { key: 25, name: 'AddOffsetsToTxn', oldest: 0, newest: 1 },
  { key: 26, name: 'EndTxn', oldest: 0, newest: 1 },
  { key: 28, name: 'TxnOffsetCommit', oldest: 0, newest: 1 },
  { key: 32, name: 'DescribeConfigs', oldest: 0, newest: 2 },
] as const;

/** Names of what a broker lacks, or speaks only in versions that are too old or too new. */
export function missingApis(versions: ApiVersions): readonly string[] {
  return used
    .filter(({ key, oldest, newest }) => {
      const offered = versions.get(key);
      return offered === undefined || offered.max < oldest || offered.min > newest;
    })
    .map(({ name }) => name);
}

const fetch = 1;

/** Newest version of Fetch, and the release of Kafka that brought it. */
const releases = [
  [12, '2.7'],
  [11, '2.3'],
  [10, '2.1'],
  [8, '2.0'],
] as const;

/** What a broker's answer says of its release: brokers do not tell it. Undefined: before 2.0. */
export function releaseOf(versions: ApiVersions): string | undefined {
  const { min, max } = versions.get(fetch) ?? { min: 0, max: 0 };
  // Kafka 4 gave up the older ones.
  if (min >= 4) return '4.0 or newer';
  const found = releases.find(([version]) => max >= version);
  return found === undefined ? undefined : `${found[1]} or newer`;
}
