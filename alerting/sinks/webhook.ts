import { readFileSync } from 'node:fs';
import {
  type ClientRequest,
  Agent as HttpAgent,
  type IncomingMessage,
  type RequestOptions,
  request as requestHttp,
} from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { Delivery, Sink } from './sink.ts';

export interface WebhookSinkOptions {
  readonly name: string;
  readonly url: string;
  /** File with one `Name: value` a line: secrets live there, not in the configuration. Read once, at the start. */
  readonly headersFile?: string | undefined;
  readonly timeoutMs: number;
  /** PEM file with the authority that signed the receiver's certificate. */
  readonly ca?: string | undefined;
  /** For Retry-After as a date, ms. */
  readonly clock: () => number;
}

/**
 * Posts every incident update as JSON, with its id as `Idempotency-Key`. 2xx: delivered. Network faults, timeouts, 408, 425, 429 and 5xx: tried
 * again, after Retry-After where given; so are 401, 403, 404 and 407, which say that the configuration or the receiver's deployment is wrong,
 * not the message. Anything else, redirects included, is refused: the receiver will not take this message.
 */
export function createWebhookSink(options: WebhookSinkOptions): Sink {
  const url = new URL(options.url);
  const isSecure = url.protocol === 'https:';
  const headers = options.headersFile === undefined ? {} : readHeaders(options.headersFile);
  const connections = { keepAlive: true, maxSockets: 4 };
  const agent = isSecure
    ? new HttpsAgent({ ...connections, ...(options.ca !== undefined && { ca: readText(options.ca, 'ca') }) })
    : new HttpAgent(connections);
  const request = isSecure ? requestHttps : requestHttp;
  const redact = redactor(url, headers);

  return {
    name: options.name,
    send: async (update, signal) => {
      const body = Buffer.from(JSON.stringify(update));
      const head = {
        ...headers,
        'content-type': 'application/json',
        'content-length': String(body.length),
        'idempotency-key': update.id,
        'user-agent': 'moorwatch',
      };
      const timed = AbortSignal.any([signal, AbortSignal.timeout(options.timeoutMs)]);
      try {
        const answer = await exchange(request, {
          url,
          body,
          options: { agent, method: 'POST', headers: head, signal: timed },
        });
        return verdict(answer, options.clock());
      } catch (error) {
        return { kind: 'retry', reason: redact(reasonOf(error, { signal, timeoutMs: options.timeoutMs })) };
      }
    },
    close: async () => agent.destroy(),
  };
}

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

interface Exchange {
  readonly url: URL;
  readonly body: Buffer;
  readonly options: RequestOptions;
}

type Request = (url: URL, options: RequestOptions, onAnswer: (answer: IncomingMessage) => void) => ClientRequest;

/** The answer's body is read to its end (so that the connection can be used again) and thrown away; a long one is cut off. */
function exchange(request: Request, { url, body, options }: Exchange): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, (incoming) => {
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > 65_536) incoming.destroy();
      });
      incoming.on('error', reject);
      incoming.on('close', () =>
        resolve({ status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'] }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Statuses that are no fault of the message, with what to do: messages wait until that is done. */
const mistakes: ReadonlyMap<number, string> = new Map([
  [401, 'check the credentials in headersFile'],
  [403, 'check the credentials in headersFile, and what they allow'],
  [404, 'check url, and that the receiver is deployed'],
  [407, 'a proxy on the way asks for credentials'],
]);
const passing = new Set([408, 425, 429]);

function verdict({ status, retryAfter }: Answer, now: number): Delivery {
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const fix = mistakes.get(status);
  const reason = `the receiver answered ${status}${fix === undefined ? '' : `: ${fix}`}`;
  if (status < 500 && fix === undefined && !passing.has(status)) return { kind: 'refused', reason };
  const afterMs = waitAsked(retryAfter, now);
  return { kind: 'retry', reason, ...(afterMs !== undefined && { afterMs }) };
}

/** Retry-After: seconds or an HTTP date (RFC 9110 §10.2.3). */
function waitAsked(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function reasonOf(error: unknown, { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): string {
  if (signal.aborted) return 'stopped';
  if (error instanceof Error && error.name === 'AbortError') return `no answer within ${timeoutMs} ms`;
  return messageOf(error) || 'the connection failed';
}

/** Webhook addresses and headers are secrets: no message of ours repeats them. */
function redactor(url: URL, headers: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = [
    url.href,
    url.pathname + url.search,
    url.search,
    url.username,
    url.password,
    ...Object.values(headers),
  ];
  const worth = secrets.filter((secret) => secret.length > 3);
  return (text) => worth.reduce((told, secret) => told.replaceAll(secret, '[redacted]'), text);
}

function readHeaders(path: string): Record<string, string> {
  const lines = readText(path, 'headersFile').split(/\r?\n/);
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

function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${what} ${path} cannot be read: ${messageOf(error)}`, {
      fix: 'check the path, and that the account which runs moorwatch may read it',
      code: exitCode.config,
      cause: error,
    });
  }
}
