import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Bus } from '../../shared/bus/port.ts';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createApp } from './app.ts';
import { createAttempts } from './attempts.ts';
import { type Auth, createAuth } from './auth.ts';
import { createDecisionBoard } from './decision-board.ts';
import { createFreshness } from './freshness.ts';
import { createGuard } from './guard.ts';
import { createIncidentModel } from './incident-model.ts';
import { createLive, type LiveUpdate } from './live.ts';
import { createLogQuestions } from './log-questions.ts';
import { isProblem, type Problem } from './problem.ts';
import { createStatusBoard } from './status-board.ts';
import { createWebSocketFeed, refuse, type WebSocketFeed } from './websocket.ts';

export interface FeedOptions {
  readonly bus: Bus;
  /** Which log that is, for a person: `Kafka at kafka-1:9092`. */
  readonly logName: string;
  readonly telemetry: Telemetry;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly token: string;
  readonly clock: () => number;
  readonly version: string;
  /** When the log last answered, ms; absent: it always does. */
  answeredAt?(): number;
  /** Prometheus text. */
  metrics(): Promise<string>;
  /** Told of every update that comes while the feed runs. */
  onLive?(update: LiveUpdate): void;
}

export interface Feed {
  /** `http://127.0.0.1:7373` */
  readonly url: string;
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Bounds of the server; documented in docs/feed.md. */
const limits = { connections: 512, streams: 100, headersMs: 10_000, requestMs: 30_000, headerBytes: 16 * 1024 };

/** Listens; resolves when clients can connect. A UserError says what to do when the port cannot be had. */
export async function startFeed(options: FeedOptions): Promise<Feed> {
  const { bus, telemetry, clock } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const model = createIncidentModel();
  const live = createLive({ bus, model, telemetry, signal, ...(options.onLive && { onLive: options.onLive }) });
  const refused = (reason: string): void => telemetry.happened({ name: 'feedRefused', reason });
  const status = createStatusBoard({ bus, signal, onFailure: refused });
  const auth = createAuth({ token: options.token, attempts: createAttempts({ clock }), clock });
  const guard = createGuard(options);
  const sockets = createWebSocketFeed({ bus, live, telemetry });
  const freshness = createFreshness({ clock, answeredAt: options.answeredAt, isRead: () => live.isReady() });
  const decisions = createDecisionBoard();
  const questions = createLogQuestions({ bus, name: options.logName });
  const parts = {
    auth,
    guard,
    live,
    model,
    status,
    freshness,
    questions,
    decisions,
    mostStreams: limits.streams,
    signal,
  };
  const server = createHttpServer(createApp({ ...options, ...parts }).fetch);
  server.on('upgrade', upgrade({ auth, guard, sockets, refused }));
  telemetry.gauge('feed_clients', 'Clients connected by WebSocket', () => [{ value: sockets.clients() }]);
  telemetry.gauge('incidents_open', 'Incidents that are open', () => [{ value: model.count('open') }]);
  const url = await listen(server, options);
  telemetry.happened({ name: 'feedListening', url });

  return {
    url,
    ready: live.ready,
    stop: () => {
      stopping.abort();
      sockets.close();
      return closed(server);
    },
  };
}

function createHttpServer(fetch: Parameters<typeof getRequestListener>[0]): Server {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer(
    {
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      maxHeaderSize: limits.headerBytes,
      keepAliveTimeout: 5_000,
    },
    (request, response) => void listener(request, response),
  );
  server.maxConnections = limits.connections;
  return server;
}

interface UpgradeParts {
  readonly auth: Auth;
  readonly guard: ReturnType<typeof createGuard>;
  readonly sockets: WebSocketFeed;
  refused(reason: string): void;
}

/** Who may open a WebSocket: the same questions in the same order as for HTTP, before the handshake. */
function upgrade({ auth, guard, sockets, refused }: UpgradeParts) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const problem = refusalOf(request, { auth, guard });
    if (problem === undefined) {
      sockets.accept(request, socket, head);
      return;
    }
    refused(problem.code);
    refuse(socket, problem);
  };
}

function refusalOf(
  request: IncomingMessage,
  { auth, guard }: Pick<UpgradeParts, 'auth' | 'guard'>,
): Problem | undefined {
  const { host, origin, authorization } = request.headers;
  const { localAddress, remoteAddress = '' } = request.socket;
  const wrong = guard({ host, origin, localAddress });
  if (wrong !== undefined) return wrong;
  const url = urlIn(request);
  if (url?.pathname !== '/ws') return notHere;
  const ticket = url.searchParams.get('ticket') ?? undefined;
  const principal = auth.authenticate({ authorization, ticket, address: remoteAddress }, 'read');
  return isProblem(principal) ? principal : undefined;
}

function urlIn({ url = '' }: IncomingMessage): URL | undefined {
  return URL.canParse(url, 'http://feed') ? new URL(url, 'http://feed') : undefined;
}

async function listen(server: Server, { host, port }: FeedOptions): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  }).catch((error: unknown) => {
    throw new UserError(`the feed cannot listen on ${host} port ${port}: ${messageOf(error)}`, {
      fix: 'stop what uses the port, or set feed.port (--port) to another one',
      code: exitCode.unavailable,
      cause: error,
    });
  });
  return urlOf(server.address());
}

/** By which a program on the same machine reaches it. */
function urlOf(address: AddressInfo | string | null): string {
  if (address === null || typeof address === 'string') return String(address);
  const name = ['0.0.0.0', '::'].includes(address.address) ? '127.0.0.1' : address.address;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}

/** Streams end by the signal; who still holds a connection after that is cut off. */
function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 500).unref();
  });
}

const notHere: Problem = {
  status: 404,
  code: 'not-found',
  message: 'WebSockets are served under /ws',
  fix: 'connect to /ws',
};
