import { hostname } from 'node:os';
import { exitCode, UserError } from '../../shared/errors.ts';
import { deriveId } from '../../shared/hash.ts';
import { type SplunkOptions, splunkEvent } from '../formats/splunk.ts';
import { createGatheringSink } from './gather.ts';
import { createHttpReceiver, type HttpAnswer, type HttpOptions } from './http.ts';
import { readSinkFile } from './read-file.ts';
import type { Delivery, Sink } from './sink.ts';
import { createAcknowledgements } from './splunk-acknowledgement.ts';
import { collectorAnswer, type Judging, judgeFailure } from './splunk-answer.ts';

export interface SplunkSinkOptions extends HttpOptions, SplunkOptions {
  readonly name: string;
  /** File with the token of an HTTP Event Collector. Read once, at the start. */
  readonly tokenFile: string;
  /** Events count as delivered when the indexer has them on its disk. */
  readonly acknowledge: boolean;
  readonly acknowledgeTimeoutMs: number;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
  /** Of this machine; default: as it is called. */
  readonly host?: string;
  /** First pause before asking for an acknowledgement, ms. */
  readonly firstAskMs?: number;
}

/** Of one request: less than the least limit that a collector had as its default, 1 MB. */
const mostBytes = 500_000;

/**
 * Sends incident updates as events to an HTTP Event Collector of Splunk, several a request.
 * @throws UserError when the token file cannot be read or holds no token
 */
export function createSplunkSink(options: SplunkSinkOptions): Sink {
  const { name, clock, host = hostname(), firstAskMs = 100 } = options;
  const token = readToken(options.tokenFile);
  const receiver = createHttpReceiver(options, [token]);
  const headers = {
    authorization: `Splunk ${token}`,
    'content-type': 'application/json',
    'x-splunk-request-channel': channelOf(name, host),
  };
  const judging = (): Judging => ({ now: clock(), redact: receiver.redact });
  const exchange = (path: string, body: string, signal: AbortSignal): Promise<HttpAnswer> =>
    receiver.exchange({ path: `services/collector/${path}`, headers, body }, signal);
  const acknowledgements = createAcknowledgements({
    ask: (acks, signal) => exchange('ack', JSON.stringify({ acks }), signal),
    judging,
    timeoutMs: options.acknowledgeTimeoutMs,
    firstMs: firstAskMs,
  });

  const post = async (body: string, signal: AbortSignal): Promise<Delivery> => {
    const isNotReady = options.acknowledge ? await acknowledgements.ready(signal) : undefined;
    if (isNotReady !== undefined) return isNotReady;
    const answer = await exchange('event', body, signal);
    const said = collectorAnswer(answer);
    if (answer.status !== 200 || said?.code !== 0) return judgeFailure(answer, judging());
    if (!options.acknowledge) return { kind: 'delivered' };
    if (said.ackId !== undefined) return acknowledgements.settled(said.ackId, signal);
    return { kind: 'retry', reason: 'Splunk took events and gave no ackId: set acknowledge: false if that is wanted' };
  };

  return createGatheringSink({
    name,
    maxBytes: mostBytes,
    body: (update) => splunkEvent(update, options),
    post: async (messages, signal) => {
      try {
        return await post(messages.map(({ body }) => body).join('\n'), signal);
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: () => receiver.close(),
  });
}

/**
 * The channel that acknowledgements belong to, a GUID (RFC 9562, version 8): the same after a restart, another on another machine, so that none
 * takes the acknowledgements of another.
 */
function channelOf(name: string, host: string): string {
  const digits = deriveId('splunk-channel', name, host);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20),
  ];
  return parts.join('-').toUpperCase();
}

function readToken(path: string): string {
  const token = readSinkFile(path, 'tokenFile').trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(`${path}: not a token`, {
    fix: 'put the token of an HTTP Event Collector there, alone on one line',
    code: exitCode.config,
  });
}
