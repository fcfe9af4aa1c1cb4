import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { createProxy, type ProxyOptions } from './http-proxy.ts';
import { type PemFiles, readPems } from './read-file.ts';
import type { Delivery, Failure } from './sink.ts';
import { within } from './within.ts';

/** How a sink reaches a receiver over HTTP; the same members in the configuration of each. */
export interface HttpOptions extends ProxyOptions {
  readonly url: string;
  readonly timeoutMs: number;
  /** PEM file with the authority that signed the receiver's certificate. */
  readonly ca?: string | undefined;
  /** PEM files with our own certificate and its key, for a receiver that asks for one. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface HttpRequest {
  readonly method?: 'POST' | 'PUT' | 'GET';
  /** Below the configured address: joined to its path. */
  readonly path?: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** At most 64 KiB of it; '' for a body that is longer. */
  readonly body: string;
  /** It was longer. */
  readonly isTooLong?: boolean;
  /** What was read of one that was longer. */
  readonly start?: string;
  /** The body as it came, where it is no text. */
  readonly bytes?: Buffer;
}

export interface HttpReceiver {
  /**
   * Sends one request. Redirects are not followed: headers are secrets. Rejects when there is no answer in time; what it rejects with is told by
   * `failed`.
   */
  exchange(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** A request without an answer, as a delivery: to be tried again, with a reason that repeats no secret. */
  failed(error: unknown, signal: AbortSignal): Failure;
  /** A text of the receiver's or of Node's without the address, the credentials in it, and `secrets`. */
  redact(text: string): string;
  close(): void;
}

/**
 * @param secrets what no message may repeat besides the address: header values, tokens
 * @throws UserError when certificates do not fit the address or each other, or a file cannot be read
 */
export function createHttpReceiver(options: HttpOptions, secrets: readonly string[]): HttpReceiver {
  const base = new URL(options.url);
  const isSecure = base.protocol === 'https:';
  checkTls(options, isSecure);
  const connections = { keepAlive: true, maxSockets: 4 };
  const agent = isSecure ? new HttpsAgent({ ...connections, ...readPems(options) }) : new HttpAgent(connections);
  const proxy = createProxy(options);
  proxy?.lead(agent);
  const request = isSecure ? requestHttps : requestHttp;
  const redact = redactor(base, [...secrets, ...(proxy?.secrets ?? [])]);
  return {
    exchange: ({ method = 'POST', path, headers, body }, signal) => {
      const bytes = Buffer.from(body);
      const head = { ...headers, 'content-length': String(bytes.length), 'user-agent': 'moorwatch' };
      const url = path === undefined ? base : below(base, path);
      return within(options.timeoutMs, signal, 'no answer', (timed) =>
        exchange((onAnswer) => request(url, { agent, method, headers: head, signal: timed }, onAnswer), bytes),
      );
    },
    failed: (error, signal) => ({ kind: 'retry', reason: redact(reasonOf(error, signal)) }),
    redact,
    close: () => agent.destroy(),
  };
}

/** Certificates that take part in nothing would be a promise that nobody keeps. @throws UserError */
export function checkTls({ ca, cert, key }: PemFiles, isSecure: boolean): void {
  const fail = (message: string, fix: string): never => {
    throw new UserError(message, { fix, code: exitCode.config });
  };
  if (!isSecure && [ca, cert, key].some((file) => file !== undefined))
    fail('ca, cert or key is set, but the address is not encrypted', 'begin the address with https://, or remove them');
  if ((cert === undefined) !== (key === undefined))
    fail(`${cert === undefined ? 'key' : 'cert'} is set alone`, 'cert and key go together: name both, or none');
}

function below(base: URL, path: string): URL {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${path.replace(/^\//, '')}`;
  return url;
}

const mostBytes = 65_536;

type OnAnswer = (answer: IncomingMessage) => void;

/** A request that has no connection yet (a proxy that does not answer) cannot be ended, only left. */
function exchange(send: (onAnswer: OnAnswer) => ClientRequest, body: Buffer) {
  return new Promise<HttpAnswer>((resolve, reject) => {
    const outgoing = send((incoming) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      incoming.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > mostBytes) incoming.destroy();
        else chunks.push(chunk);
      });
      incoming.on('error', reject);
      // Read to its end, so that the connection can be used again.
      incoming.on('close', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          retryAfter: incoming.headers['retry-after'],
          ...(bytes > mostBytes
            ? { body: '', isTooLong: true, start: Buffer.concat(chunks).toString('utf8') }
            : bodyOf(Buffer.concat(chunks))),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const bodyOf = (bytes: Buffer): Pick<HttpAnswer, 'body' | 'bytes'> => ({ body: bytes.toString('utf8'), bytes });

/** Statuses that are no fault of the message, with what to do: messages wait until that is done. */
const mistakes = (credentials: string): ReadonlyMap<number, string> =>
  new Map([
    [401, `check the credentials in ${credentials}`],
    [403, `check the credentials in ${credentials}, and what they allow`],
    [404, 'check url, and that the receiver is deployed'],
    [407, 'a proxy on the way asks for credentials'],
  ]);
const passing = new Set([408, 425, 429]);

/**
 * What an answer means for the message. 2xx: delivered. 408, 425, 429 and 5xx: tried again, after Retry-After where given; so are 401, 403, 404
 * and 407. Anything else, redirects included, is refused: the receiver will not take this message.
 * @param credentials the configuration key that holds them
 */
export function verdict(answer: HttpAnswer, { now, credentials }: { now: number; credentials: string }): Delivery {
  const { status, retryAfter } = answer;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  const fix = mistakes(credentials).get(status);
  const reason = `the receiver answered ${status}${fix === undefined ? '' : `: ${fix}`}`;
  if (status < 500 && fix === undefined && !passing.has(status)) return { kind: 'refused', reason };
  const afterMs = waitAsked(retryAfter, now);
  return { kind: 'retry', reason, ...(afterMs !== undefined && { afterMs }) };
}

/** Retry-After: seconds or an HTTP date (RFC 9110 §10.2.3). Undefined where it asks for nothing: then we wait as we like, not at all is too little. */
function waitAsked(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - now;
  return ms > 0 ? ms : undefined;
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'stopped';
  return messageOf(error) || 'the connection failed';
}

/** Addresses of receivers are secrets as headers are: their path is often the token. */
export function redactor(url: URL, secrets: readonly string[]): (text: string) => string {
  const all = [url.href, url.pathname + url.search, url.search, url.username, url.password, ...secrets];
  const worth = all.filter((secret) => secret.length > 3);
  return (text) => worth.reduce((told, secret) => told.replaceAll(secret, '[redacted]'), text);
}
