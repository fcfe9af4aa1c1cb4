import { UnavailableError } from '../../errors.ts';
import type { BusRecord } from '../port.ts';
import { placeOf } from '../rejection.ts';
import type { KafkaEndpoint } from './client.ts';
import { type ClusterLink, isOutOfRange, openClusterLink } from './cluster.ts';
import { decodeRecord } from './codec.ts';
import { type AbortedTransaction, committedOnly, positionAfter, type RawRecord } from './committed.ts';
import { ForeignCompressionError, missingCodec } from './refusals.ts';

/** Reads partitions by offset, without a consumer group (docs/decisions/kafka-reading.md). One request at a time. */
export interface LogReader {
  /** Committed records at and after the position; waits up to `waitMs` for the first. `'out-of-range'`: the log has no such offset. */
  fetch(at: Position, waitMs: number): Promise<Fetched | 'out-of-range'>;
  /** Per partition: the oldest offset, one past the newest committed record, or the first logged at or after a time (ms). */
  offsets(topic: string, which: Which): Promise<ReadonlyMap<number, number>>;
  close(): void;
}

export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type Which = 'oldest' | 'newest' | { readonly logged: number };

export interface Fetched {
  readonly records: readonly BusRecord[];
  /** Where to fetch next. It moves past markers and compacted records too, so it can grow without a record. */
  readonly next: number;
  /** One past the newest record, whether it can be read yet or belongs to an open transaction. */
  readonly end: number;
}

/** What we use of a fetch response (version 4 and later). */
interface PartitionData {
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly messages: readonly RawRecord[];
}

const fetchBytes = 1_048_576;
const widestFetchBytes = 67_108_864;

/** @param link whose connections it uses, and closes */
export function openLogReader(
  endpoint: KafkaEndpoint,
  topicPrefix: string,
  link: ClusterLink = openClusterLink(endpoint),
): LogReader {
  const fetchOnce = (
    at: Position,
    waitMs: number,
    maxBytes: number,
  ): Promise<PartitionData & { throttled: boolean }> => {
    const name = topicPrefix + at.topic;
    return link.ask(name, waitMs, async (cluster) => {
      const [nodeId] = Object.keys(cluster.findLeaderForPartitions(name, [at.partition]));
      if (nodeId === undefined) throw new UnavailableError(`${name}/${at.partition} has no leader`);
      const broker = await cluster.findBroker({ nodeId });
      const partitions = [{ partition: at.partition, fetchOffset: String(at.offset), maxBytes }];
      // kafkajs types the response as `any`; its shape is the protocol's (PartitionData).
      const response = (await broker.fetch({
        maxWaitTime: waitMs,
        maxBytes,
        topics: [{ topic: name, partitions }],
      })) as { clientSideThrottleTime?: number; responses: { partitions: PartitionData[] }[] };
      const data = response.responses[0]?.partitions[0];
      if (!data) throw new UnavailableError(`${name}/${at.partition} is missing from the broker's answer`);
      return { ...data, throttled: (response.clientSideThrottleTime ?? 0) > 0 };
    });
  };

  return {
    async fetch(at, waitMs) {
      try {
        const data = await fetchOnce(at, waitMs, fetchBytes);
        const stable = Number(data.lastStableOffset);
        const empty = data.messages.length === 0 && !data.throttled && at.offset < stable;
        // A broker that has batches before the stable offset always sends one. None: compaction emptied them all. Asked again with room
        // for the largest batch, because skipping is the one thing that must not happen by mistake.
        const skip = empty && (await fetchOnce(at, 0, widestFetchBytes)).messages.length === 0;
        const committed = committedOnly(data.messages, data.abortedTransactions);
        const end = Number(data.highWatermark);
        const { records, stop } = decodeReadable(committed, at);
        if (stop !== undefined) return { records, next: stop, end };
        return { records, next: skip ? stable : positionAfter(data.messages, at.offset), end };
      } catch (error) {
        if (isOutOfRange(error)) return 'out-of-range';
        const codec = missingCodec(error);
        throw codec === undefined ? error : new ForeignCompressionError(placeOf(at), codec);
      }
    },
    offsets: (topic, which) => {
      const name = topicPrefix + topic;
      return link.ask(name, 0, async (cluster) => {
        const partitions = cluster
          .findTopicPartitionMetadata(name)
          .map(({ partitionId }) => ({ partition: partitionId }));
        const found = await cluster.fetchTopicsOffset([{ topic: name, partitions, ...selector(which) }]);
        return new Map(found.flatMap((one) => one.partitions.map((p) => [p.partition, Number(p.offset)] as const)));
      });
    },
    close: () => link.close(),
  };
}

/**
 * The records at and after the position, up to the first that only a newer program understands: what is before it is not held up by it.
 * @throws IncompatibleRecordError if that is the first
 */
function decodeReadable(raws: readonly RawRecord[], { topic, partition, offset }: Position): Readable {
  const records: BusRecord[] = [];
  for (const raw of raws) {
    if (Number(raw.offset) < offset) continue;
    try {
      records.push(decodeRecord(raw, { topic, partition }));
    } catch (error) {
      if (records.length > 0) return { records, stop: Number(raw.offset) };
      throw error;
    }
  }
  return { records };
}

interface Readable {
  readonly records: readonly BusRecord[];
  /** Offset of the record that cannot be read. */
  readonly stop?: number;
}

function selector(which: Which): { fromBeginning: boolean } | { fromTimestamp: number } {
  return typeof which === 'string' ? { fromBeginning: which === 'oldest' } : { fromTimestamp: which.logged };
}
