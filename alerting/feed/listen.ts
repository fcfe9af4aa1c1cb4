import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { Room } from './room.ts';

export interface Place {
  readonly host: string;
  readonly port: number;
}

/** A place that is listened on with TLS; PEM texts. */
export interface TlsPlace extends Place {
  readonly cert: string;
  readonly key: string;
}

export interface ListenOptions {
  readonly onRequest: RequestListener;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly room: Pick<Room, 'take'>;
}

export interface Listening {
  /** By which a program on the same machine reaches it. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Documented in docs/feed.md. */
const limits = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024, keepAliveTimeout: 5_000 };

/** Listens; resolves when clients can connect. @throws UserError that says what to do when it cannot listen there */
export async function listen(place: Place | TlsPlace, options: ListenOptions): Promise<Listening> {
  const server = serverFor(place, options.onRequest);
  server.on('connection', options.room.take);
  server.on('upgrade', options.onUpgrade);
  const { host, port } = place;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    throw new UserError(`the feed cannot listen on ${host} port ${port}: ${messageOf(error)}`, {
      fix: `free the port, or set ${'key' in place ? 'feed.tls.port' : 'feed.port (--port)'} to another one`,
      code: exitCode.unavailable,
      cause: error,
    });
  });
  return { url: urlOf(server.address(), 'key' in place ? 'https' : 'http'), stop: () => closed(server) };
}

function serverFor(place: Place | TlsPlace, onRequest: RequestListener): Server {
  if (!('key' in place)) return createServer(limits, onRequest);
  const { cert, key } = place;
  try {
    return createTlsServer({ ...limits, cert, key, minVersion: 'TLSv1.2' }, onRequest);
  } catch (error) {
    throw new UserError(`feed.tls: certificate and key cannot be used: ${messageOf(error)}`, {
      fix: 'name PEM files of a certificate and of its own key, without a passphrase',
      code: exitCode.config,
      cause: error,
    });
  }
}

function urlOf(address: AddressInfo | string | null, scheme: string): string {
  if (address === null || typeof address === 'string') return String(address);
  const name = ['0.0.0.0', '::'].includes(address.address) ? '127.0.0.1' : address.address;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}

/** Streams end by the feed's signal; who still holds a connection after that is cut off. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 500).unref();
  });
}
