import type { KafkaEndpoint } from '../../shared/bus/kafka/client.ts';
import { type FailureKind, failureKind, hasType, unusable } from '../../shared/bus/kafka/failures.ts';
import { openPublisher, type PublishedMessage } from '../../shared/bus/kafka/publisher.ts';
import { isRefusal, isTooLarge, isWrongTime } from '../../shared/bus/kafka/refusals.ts';
import { messageOf } from '../../shared/errors.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { traceparentHeader } from '../../shared/trace-context.ts';
import { type Format, moorwatchFormat } from '../formats/index.ts';
import { createGatheringSink } from './gather.ts';
import { readPems, readSinkFile } from './read-file.ts';
import type { Delivery, Sink } from './sink.ts';

export interface KafkaSinkOptions extends Pick<KafkaEndpoint, 'brokers' | 'clientId' | 'connect'> {
  readonly name: string;
  /** A topic of the user's, which exists. */
  readonly topic: string;
  /** A request without an answer for so long has failed. */
  readonly timeoutMs: number;
  readonly ssl: {
    readonly enabled: boolean;
    readonly ca?: string | undefined;
    readonly cert?: string | undefined;
    readonly key?: string | undefined;
  };
  readonly sasl?:
    | {
        readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
        readonly username: string;
        readonly passwordFile: string;
      }
    | undefined;
  /** Default: the update as it is. */
  readonly format?: Format;
}

/** Below what brokers take in one batch unless they are told otherwise (1 MiB), with room for keys and headers. */
const mostBytes = 900_000;

/** Writes to a topic of the user's own cluster, by an idempotent producer: keyed by incident, confirmed by all replicas in sync. */
export function createKafkaSink(options: KafkaSinkOptions): Sink {
  const { name, topic, format = moorwatchFormat } = options;
  const endpoint = endpointOf(options);
  const publisher = openPublisher(endpoint);
  return createGatheringSink<readonly PublishedMessage[]>({
    name,
    maxBytes: mostBytes,
    body: (update) => messagesOf(update, format),
    bytes: (messages) => messages.reduce((sum, { value }) => sum + Buffer.byteLength(value), 0),
    post: async (updates, signal) => {
      const messages = updates.flatMap(({ body }) => body);
      if (messages.length === 0) return { kind: 'delivered' };
      try {
        await publisher.publish(topic, messages, signal);
        return { kind: 'delivered' };
      } catch (error) {
        if (signal.aborted) return { kind: 'retry', reason: 'stopped' };
        return verdict(error, { endpoint, topic });
      }
    },
    close: () => publisher.close(),
  });
}

/** Updates of an incident stay in order, since they have one key. */
function messagesOf(update: IncidentUpdate, format: Format): readonly PublishedMessage[] {
  const { traceparent, id: key } = update.incident;
  return format.messages(update).map(({ id, text }) => ({
    key,
    value: text,
    headers: {
      'idempotency-key': id,
      'content-type': format.contentType,
      ...(traceparent !== undefined && { [traceparentHeader]: traceparent }),
    },
  }));
}

function verdict(error: unknown, { endpoint, topic }: { endpoint: KafkaEndpoint; topic: string }): Delivery {
  const kind = failureKind(error);
  if (isTooLarge(error))
    return { kind: 'refused', reason: `${topic} takes no message of this size: max.message.bytes` };
  // The time is that of sending: no fault of the message, which has another one the next time.
  if (isWrongTime(error))
    return {
      kind: 'retry',
      reason: `${topic} does not take the time of this machine: check its clock, and message.timestamp.before.max.ms and after.max.ms`,
    };
  if (isRefusal(error) && kind !== 'denied') return { kind: 'refused', reason: messageOf(error) };
  if (hasType(error, 'UNKNOWN_TOPIC_OR_PARTITION'))
    return { kind: 'retry', reason: `there is no topic ${topic} at ${endpoint.brokers.join(', ')}: create it` };
  return { kind: 'retry', reason: `${unusable(endpoint, error).message}: ${advices[kind]}` };
}

const advices: Readonly<Record<FailureKind, string>> = {
  login: 'check sasl.username, sasl.mechanism and the content of sasl.passwordFile',
  mechanism: 'check sasl.mechanism, and the port in brokers',
  certificate: 'check ssl.ca, and that brokers has the names that the certificate is for',
  'client-certificate': 'check ssl.cert and ssl.key',
  denied: 'give this user WRITE and DESCRIBE on the topic',
  foreign: 'check brokers and ssl.enabled',
  away: 'check brokers, and that they run',
};

/** With the content of the files, which are read once. @throws UserError when one cannot be read */
function endpointOf({ brokers, clientId, connect, timeoutMs, ssl, sasl }: KafkaSinkOptions): KafkaEndpoint {
  return {
    brokers,
    clientId,
    requestTimeoutMs: timeoutMs,
    ...(connect !== undefined && { connect }),
    ...(ssl.enabled && { ssl: readPems(ssl, 'ssl.') }),
    ...(sasl !== undefined && {
      sasl: {
        mechanism: sasl.mechanism,
        username: sasl.username,
        password: readSinkFile(sasl.passwordFile, 'sasl.passwordFile').trim(),
      },
    }),
  };
}
