import { exitCode, UserError } from '../../shared/errors.ts';
import { createHttpReceiver, type HttpOptions, verdict } from './http.ts';
import { readSinkFile } from './read-file.ts';
import type { Sink } from './sink.ts';

export interface WebhookSinkOptions extends HttpOptions {
  readonly name: string;
  /** File with one `Name: value` a line: secrets live there, not in the configuration. Read once, at the start. */
  readonly headersFile?: string | undefined;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

/** Posts every incident update as JSON, with its id as `Idempotency-Key`. */
export function createWebhookSink({ name, headersFile, clock, ...http }: WebhookSinkOptions): Sink {
  const headers = headersFile === undefined ? {} : readHeaders(headersFile);
  const receiver = createHttpReceiver(http, Object.values(headers));
  return {
    name,
    send: async (update, signal) => {
      const head = { ...headers, 'content-type': 'application/json', 'idempotency-key': update.id };
      try {
        const answer = await receiver.exchange({ headers: head, body: JSON.stringify(update) }, signal);
        return verdict(answer, { now: clock(), credentials: 'headersFile' });
      } catch (error) {
        return receiver.failed(error, signal);
      }
    },
    close: async () => receiver.close(),
  };
}

function readHeaders(path: string): Record<string, string> {
  const lines = readSinkFile(path, 'headersFile').split(/\r?\n/);
  const headers: Record<string, string> = {};
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const parts = /^([\w!#$%&'*+.^`|~-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line);
    const [, name, value] = parts ?? [];
    if (name === undefined || value === undefined) throw badHeader(path, i + 1);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

const badHeader = (path: string, line: number): UserError =>
  new UserError(`${path}:${line}: not a header`, { fix: 'write one `Name: value` a line', code: exitCode.config });
