import { type Agent, request } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { callbackify } from 'node:util';
import { exitCode, UserError } from '../../shared/errors.ts';
import { readSinkFile } from './read-file.ts';

export interface ProxyOptions {
  /** For the proxy to answer in. */
  readonly timeoutMs: number;
  /** `http://host:port`, without credentials. */
  readonly proxy?: string | undefined;
  /** File with one line `user:password`. */
  readonly proxyCredentialsFile?: string | undefined;
}

export interface Proxy {
  /** Has all connections of an agent go through the proxy. */
  lead(agent: Agent): void;
  /** What no message may repeat. */
  readonly secrets: readonly string[];
}

/**
 * A way through a proxy by CONNECT (RFC 9110 §9.3.6), for receivers with TLS and without: the proxy sees host and port, nothing else. What it
 * answers itself is an error of the connection, so a message is never judged by it. (https-proxy-agent 9 hands it on as the receiver's answer, leaves
 * the connection to a proxy that says nothing open, and checks the certificate of an address without a name against `localhost`.)
 * @throws UserError
 */
export function createProxy({ proxy, proxyCredentialsFile, timeoutMs }: ProxyOptions): Proxy | undefined {
  if (proxy === undefined) {
    if (proxyCredentialsFile === undefined) return undefined;
    throw new UserError('proxyCredentialsFile is set, but no proxy', {
      fix: 'set proxy to its address, such as http://proxy.example:3128, or remove proxyCredentialsFile',
      code: exitCode.config,
    });
  }
  const credentials = proxyCredentialsFile === undefined ? undefined : readCredentials(proxyCredentialsFile);
  const basic = credentials === undefined ? undefined : Buffer.from(credentials).toString('base64');
  const headers = basic === undefined ? {} : { 'proxy-authorization': `Basic ${basic}` };
  return {
    lead: (agent) => leadThrough(agent, (to) => tunnel(to, { proxy, headers, timeoutMs })),
    secrets: credentials === undefined || basic === undefined ? [] : [basic, credentials, passwordOf(credentials)],
  };
}

/** What Node gives an agent to connect by. */
interface Destination {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
}

function leadThrough(agent: Agent, tunnelTo: (to: Destination) => Promise<Socket>): void {
  const connectOver = agent.createConnection.bind(agent);
  const isSecure = 'protocol' in agent && agent.protocol === 'https:';
  agent.createConnection = (options, callback) => {
    const connect = async (): Promise<Duplex> => {
      const socket = await tunnelTo(options);
      const over = { ...options, socket };
      return isSecure ? (connectOver(over) ?? socket) : socket;
    };
    // Node's own agents give no stream with an error either.
    callbackify(connect)((error, socket) => callback?.(error, socket));
    return undefined;
  };
}

interface Way {
  readonly proxy: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** A connection to the receiver; rejects when the proxy does not give one in time: who waits for it may have gone long before. */
function tunnel({ host, port }: Destination, { proxy, headers, timeoutMs }: Way): Promise<Socket> {
  const path = `${host?.includes(':') === true ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    const head = { ...headers, host: path };
    const signal = AbortSignal.timeout(timeoutMs);
    const asking = request(proxy, { method: 'CONNECT', path, agent: false, headers: head, signal });
    asking.on('error', (error) => reject(new Error(`the proxy: ${error.message}`, { cause: error })));
    asking.on('connect', ({ statusCode = 0 }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy answered ${statusCode}${adviceOn(statusCode)}`));
    });
    asking.end();
  });
}

function adviceOn(status: number): string {
  if (status === 407) return ': check proxyCredentialsFile';
  if (status === 403 || status === 405) return ': it may not allow CONNECT to the host and port of url';
  return '';
}

const passwordOf = (credentials: string): string => credentials.slice(credentials.indexOf(':') + 1);

function readCredentials(path: string): string {
  const line = readSinkFile(path, 'proxyCredentialsFile').replace(/\r?\n$/, '');
  if (/^[^:\p{Cc}]+:\P{Cc}+$/u.test(line)) return line;
  throw new UserError(`${path} does not hold the credentials of a proxy`, {
    fix: 'write one line `user:password`',
    code: exitCode.config,
  });
}
