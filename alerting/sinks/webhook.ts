import { deriveId } from '../../shared/hash.ts';
import { type Format, moorwatchFormat } from '../formats/index.ts';
import { readHeaders } from './headers-file.ts';
import { createHttpReceiver, type HttpOptions, verdict } from './http.ts';
import { readSigner } from './signature.ts';
import type { Sink } from './sink.ts';

export interface WebhookSinkOptions extends HttpOptions {
  readonly name: string;
  /** File with one `Name: value` a line: secrets live there, not in the configuration. Read once, at the start. */
  readonly headersFile?: string | undefined;
  /** File with the keys that sign each message; none: messages are not signed. */
  readonly secretFile?: string | undefined;
  /** For signatures and for Retry-After as a date, ms. */
  readonly clock: () => number;
  /** Default: the update as it is. */
  readonly format?: Format;
}

/** Posts every incident update in its format, as JSON if nothing else is said, with its id as `Idempotency-Key`, and signed where there is a key. */
export function createWebhookSink(options: WebhookSinkOptions): Sink {
  const { name, headersFile, secretFile, clock, format = moorwatchFormat, ...http } = options;
  const headers = headersFile === undefined ? {} : readHeaders(headersFile);
  const signer = secretFile === undefined ? undefined : readSigner(secretFile);
  const receiver = createHttpReceiver(http, [...Object.values(headers), ...(signer?.secrets ?? [])]);
  const credentials = secretFile === undefined ? 'headersFile' : 'headersFile and secretFile';
  return {
    name,
    send: async (update, signal) => {
      const body = format.body(update);
      if (body === undefined) return { kind: 'delivered' };
      const id = inHeader(update.id);
      const signature = signer?.headers({ id, at: clock(), body });
      const head = { ...headers, 'content-type': format.contentType, 'idempotency-key': id, ...signature };
      try {
        const answer = await receiver.exchange({ headers: head, body }, signal);
        return verdict(answer, { now: clock(), credentials });
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: async () => receiver.close(),
  };
}

/** An id that no header can hold is none of ours: it would never be sent, and hold up all that come after it. */
const inHeader = (id: string): string => (/^[\x21-\x7e]{1,256}$/.test(id) ? id : deriveId('update', id));
