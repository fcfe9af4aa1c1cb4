import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { getRequestListener } from '@hono/node-server';
import type { Bus } from '../../shared/bus/port.ts';
import type { MetricsFormat } from '../../shared/telemetry/prometheus.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createApp } from './app.ts';
import { type Auth, createAuth, type NamedToken } from './auth.ts';
import { createBuckets } from './buckets.ts';
import { createDecisionBoard } from './decision-board.ts';
import { createFreshness } from './freshness.ts';
import { createGuard } from './guard.ts';
import { createIncidentModel } from './incident-model.ts';
import { listen, type TlsPlace } from './listen.ts';
import { createLive, type LiveUpdate } from './live.ts';
import { createLogQuestions } from './log-questions.ts';
import { isProblem, type Problem } from './problem.ts';
import { createRoom, type Room } from './room.ts';
import { createStatusBoard } from './status-board.ts';
import { createWebSocketFeed, refuse, type WebSocketFeed, webSocketLimits } from './websocket.ts';

export interface FeedOptions {
  readonly bus: Bus;
  /** Which log that is, for a person: `Kafka at kafka-1:9092`. */
  readonly logName: string;
  readonly telemetry: Telemetry;
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  /** Of the owner: may everything. */
  readonly token: string;
  /** Of other clients. */
  readonly tokens?: readonly NamedToken[];
  /** Listens with TLS too: PEM texts. */
  readonly tls?: TlsPlace | undefined;
  /** Most clients by WebSocket, and most by server-sent events; default 100. */
  readonly clients?: number;
  readonly clock: () => number;
  readonly version: string;
  /** Whether baselines learn apart what comes right after a start; absent: they do. */
  readonly startsApart?: boolean;
  /** When the log last answered, ms; absent: it always does. */
  answeredAt?(): number;
  /** Prometheus text. */
  metrics(format: MetricsFormat): Promise<string>;
  /** Told of every update that comes while the feed runs. */
  onLive?(update: LiveUpdate): void;
}

export interface Feed {
  /** `http://127.0.0.1:7373` */
  readonly url: string;
  /** `https://127.0.0.1:7374`, where it listens with TLS. */
  readonly tlsUrl?: string;
  readonly ready: Promise<void>;
  stop(): Promise<void>;
}

/** Bounds of the server; documented in docs/feed.md. */
const defaultClients = 100;
/** Connections besides those of clients that stay: requests that come and go. */
const passingConnections = 312;
/** Of an address without a valid token; of a token. */
const failureLimit = { burst: 10, everyMs: 6_000 };
const requestLimit = { burst: 600, everyMs: 20 };

/** Listens; resolves when clients can connect. A UserError says what to do when the port cannot be had. */
export async function startFeed(options: FeedOptions): Promise<Feed> {
  const { bus, telemetry, clock } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const model = createIncidentModel();
  const live = createLive({ bus, model, telemetry, signal, ...(options.onLive && { onLive: options.onLive }) });
  const refused = (reason: string): void => telemetry.happened({ name: 'feedRefused', reason });
  const status = createStatusBoard({ bus, signal, onFailure: refused });
  const { clients = defaultClients } = options;
  const owner: NamedToken = { name: 'local token', role: 'administer', token: options.token };
  const failures = createBuckets({ clock, ...failureLimit });
  const auth = createAuth({ tokens: [owner, ...(options.tokens ?? [])], failures, clock });
  const guard = createGuard(options);
  const sockets = createWebSocketFeed({ bus, live, telemetry, limits: { ...webSocketLimits, clients } });
  const freshness = createFreshness({ clock, answeredAt: options.answeredAt, isRead: () => live.isReady() });
  const decisions = createDecisionBoard();
  const questions = createLogQuestions({ bus, name: options.logName });
  const room = createRoom({ most: clients * 2 + passingConnections, onFull: () => refused('no-room') });
  const parts = {
    auth,
    room,
    guard,
    live,
    model,
    status,
    freshness,
    questions,
    decisions,
    mostStreams: clients,
    requests: createBuckets({ clock, ...requestLimit }),
    signal,
  };
  const app = getRequestListener(createApp({ ...options, ...parts }).fetch, { overrideGlobalObjects: false });
  const listenOptions = {
    onRequest: (request: IncomingMessage, response: ServerResponse) => void app(request, response),
    onUpgrade: upgrade({ auth, guard, sockets, room, refused }),
    room,
  };
  telemetry.gauge('feed_clients', 'Clients connected by WebSocket', () => [{ value: sockets.clients() }]);
  telemetry.gauge('incidents_open', 'Incidents that are open', () => [{ value: model.count('open') }]);
  const plain = await listen({ host: options.host, port: options.port }, listenOptions);
  const secure =
    options.tls &&
    (await listen(options.tls, listenOptions).catch(async (error: unknown) => {
      stopping.abort();
      await plain.stop();
      throw error;
    }));
  for (const { url } of [plain, ...(secure ? [secure] : [])]) telemetry.happened({ name: 'feedListening', url });

  return {
    url: plain.url,
    ...(secure && { tlsUrl: secure.url }),
    ready: live.ready,
    stop: async () => {
      stopping.abort();
      sockets.close();
      await Promise.all([plain.stop(), secure?.stop()]);
    },
  };
}

interface UpgradeParts {
  readonly auth: Auth;
  readonly guard: ReturnType<typeof createGuard>;
  readonly sockets: WebSocketFeed;
  readonly room: Pick<Room, 'trust'>;
  refused(reason: string): void;
}

/** Who may open a WebSocket: the same questions in the same order as for HTTP, before the handshake. */
function upgrade({ auth, guard, sockets, room, refused }: UpgradeParts) {
  return (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const problem = refusalOf(request, { auth, guard });
    if (problem === undefined) {
      room.trust(request.socket);
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

const notHere: Problem = {
  status: 404,
  code: 'not-found',
  message: 'WebSockets are served under /ws',
  fix: 'connect to /ws',
};
