import { MalformedError, UserError } from '../../errors.ts';

const sizes = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];

/**
 * The clock of this machine is too far from the broker's for the topic. Our own topics have the broker's time (LogAppendTime), where nobody
 * looks at ours: there it says that somebody changed the topic, and whoever appends is to hear it.
 */
const times = ['INVALID_TIMESTAMP'];

/** What repeating cannot mend. */
const refusals = [...sizes, ...times, 'INVALID_RECORD', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED'];

/** The broker will never take this. */
export const isRefusal = (error: unknown): boolean => isOf(error, refusals);

export const isTooLarge = (error: unknown): boolean => isOf(error, sizes);

export const isWrongTime = (error: unknown): boolean => isOf(error, times);

export function tooLarge(topics: readonly string[], cause: unknown): MalformedError {
  return new MalformedError(
    `the broker takes no record batch of this size for ${topics.join(' or ')}: set max.message.bytes of the topic to 1048588 (Kafka's default) or more`,
    { place: topics.join(', '), cause },
  );
}

/** Records are compressed with what kafkajs cannot read without a native or unmaintained module (docs/bus.md). */
export class ForeignCompressionError extends UserError {
  constructor(place: string, codec: string) {
    super(`${place} holds records compressed with ${codec}, which is not read here`, {
      fix: 'set compression.type of the topic to producer (or gzip, or uncompressed), and begin it anew or behind those records',
    });
    this.name = 'ForeignCompressionError';
  }
}

/** @returns the codec that kafkajs misses, undefined if the error says something else. */
export function missingCodec(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'KafkaJSNotImplemented') return undefined;
  return /^(\w+) compression not implemented/.exec(error.message)?.[1]?.toLowerCase();
}

function isOf(error: unknown, types: readonly string[]): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('type' in cause && types.includes(String(cause.type))) return true;
  return false;
}
