import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { Bus } from '../../shared/bus/port.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { batchedEvent, batchingWire } from './batching.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import type { Live } from './live.ts';
import { createOutlet, slownessOf, type Wire } from './outlet.ts';
import { type Problem, problemBody } from './problem.ts';
import {
  type ClientMessage,
  clientMessageSchema,
  type ServerMessage,
  subprotocol,
  webSocketDialect,
} from './protocol.ts';
import { follow } from './subscription.ts';

export interface WebSocketFeed {
  /** Takes over the connection of an upgrade request that was let in already. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  clients(): number;
  close(): void;
}

export interface WebSocketOptions {
  readonly bus: Bus;
  readonly live: Live;
  readonly telemetry: Telemetry;
  readonly limits?: typeof webSocketLimits;
}

/** Documented in docs/feed.md; `hello` tells the client what concerns it. */
export const webSocketLimits = {
  clients: 100,
  subscriptions: 16,
  messageBytes: 16 * 1024,
  /** Messages of a client within one heartbeat. */
  messages: 300,
  heartbeatMs: 30_000,
};

/** The feed under the subprotocol `moorwatch.v1`. Small messages from clients only, no compression (ecosystem §1.4). */
export function createWebSocketFeed(options: WebSocketOptions): WebSocketFeed {
  const { limits = webSocketLimits } = options;
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.messageBytes,
    maxFragments: 16,
    maxBufferedChunks: 64,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
  });
  const clients = new Set<Client>();
  const heartbeat = setInterval(() => {
    for (const client of clients) client.beat();
  }, limits.heartbeatMs);
  heartbeat.unref();

  return {
    accept: (request, socket, head) => {
      const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
      if (!offered.includes(subprotocol)) return refuse(socket, wrongProtocol);
      if (clients.size >= limits.clients) return refuse(socket, full);
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const client = createClient(webSocket, { ...options, limits });
        clients.add(client);
        webSocket.on('close', () => clients.delete(client));
      });
    },
    clients: () => clients.size,
    close: () => {
      clearInterval(heartbeat);
      for (const client of clients) client.goAway();
      server.close();
    },
  };
}

/** Answers an upgrade request that is not let in, as HTTP would. */
export function refuse(socket: Duplex, problem: Problem): void {
  const body = problemBody(problem);
  const retry = problem.retryAfter === undefined ? '' : `Retry-After: ${problem.retryAfter}\r\n`;
  socket.end(
    `HTTP/1.1 ${problem.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Cache-Control: no-store\r\n${retry}Connection: close\r\n\r\n${body}`,
  );
}

interface Client {
  /** Once per heartbeat: a client that did not answer the last ping is gone. */
  beat(): void;
  goAway(): void;
}

type ClientOptions = WebSocketOptions & { readonly limits: typeof webSocketLimits };

function createClient(webSocket: WebSocket, options: ClientOptions): Client {
  const { limits, live } = options;
  const subscriptions = new Map<string, AbortController>();
  let isAlive = true;
  let messages = 0;
  const say = (message: ServerMessage): void => webSocket.send(JSON.stringify(message));

  const handle = (message: ClientMessage): void => {
    if (message.type === 'ack') return;
    if (message.type === 'unsubscribe') {
      subscriptions.get(message.id)?.abort();
      subscriptions.delete(message.id);
      return;
    }
    const problem = refusal(message, subscriptions, limits.subscriptions);
    if (problem !== undefined) {
      say({ type: 'error', ...problem, sub: message.id });
      return;
    }
    const controller = new AbortController();
    subscriptions.set(message.id, controller);
    subscribe(message, { webSocket, signal: controller.signal, options }).catch(() => {
      webSocket.close(1011, 'the log cannot be read');
    });
  };
  webSocket.on('message', (data, isBinary) => {
    messages += 1;
    if (messages > limits.messages) return webSocket.close(1008, 'too many messages');
    const message = readMessage(data, isBinary);
    if ('problem' in message) say({ type: 'error', code: 'bad-message', message: message.problem });
    else handle(message);
  });
  webSocket.on('pong', () => {
    isAlive = true;
  });
  webSocket.on('error', () => webSocket.terminate());
  webSocket.on('close', () => {
    for (const controller of subscriptions.values()) controller.abort();
    subscriptions.clear();
  });
  const { subscriptions: most, messageBytes, heartbeatMs } = limits;
  const greet = (): void => {
    if (webSocket.readyState !== webSocket.OPEN) return;
    say({
      type: 'hello',
      cursor: encodeCursor(live.position()),
      heartbeatMs,
      limits: { subscriptions: most, messageBytes },
    });
  };
  void live.ready.then(greet);

  return {
    beat: () => {
      messages = 0;
      if (!isAlive) return webSocket.terminate();
      isAlive = false;
      webSocket.ping();
    },
    goAway: () => {
      webSocket.close(1001, 'the feed is stopping');
      setTimeout(() => webSocket.terminate(), 300).unref();
    },
  };
}

type Subscribe = Extract<ClientMessage, { type: 'subscribe' }>;

function subscribe(
  { id, filter, after, batchMs }: Subscribe,
  context: { readonly webSocket: WebSocket; readonly signal: AbortSignal; readonly options: ClientOptions },
): Promise<void> {
  const { webSocket, signal, options } = context;
  const wire: Wire = {
    send: (text) => webSocket.send(text),
    buffered: () => webSocket.bufferedAmount,
    giveUp: () => webSocket.close(1013, 'too slow: resume by cursor'),
  };
  const batched = batchMs === undefined ? undefined : batchingWire(wire, { sub: id, ms: batchMs, signal });
  const outlet = createOutlet({
    sub: id,
    dialect: batched === undefined ? webSocketDialect : { ...webSocketDialect, event: batchedEvent },
    slowness: slownessOf(options.limits.clients),
    onDropped: (dropped) => options.telemetry.happened({ name: 'feedClientSlow', dropped }),
    wire: batched ?? wire,
  });
  const start = after === undefined || after === 'oldest' ? after : decodeCursor(after);
  return follow({ ...options, filter, outlet, signal, ...(start === undefined ? {} : { after: start }) });
}

function refusal(
  { id, after }: Subscribe,
  known: ReadonlyMap<string, unknown>,
  most: number,
): { code: string; message: string } | undefined {
  if (known.has(id)) return { code: 'duplicate-subscription', message: 'this id is in use; unsubscribe it first' };
  if (known.size >= most) return { code: 'too-many-subscriptions', message: `at most ${most} subscriptions` };
  if (after !== undefined && after !== 'oldest' && decodeCursor(after) === undefined) {
    return { code: 'bad-cursor', message: '`after` is no cursor of this feed' };
  }
  return undefined;
}

function readMessage(data: RawData, isBinary: boolean): ClientMessage | { readonly problem: string } {
  if (isBinary || !Buffer.isBuffer(data)) return { problem: 'messages are JSON text' };
  let value: unknown;
  try {
    value = JSON.parse(data.toString());
  } catch {
    return { problem: 'messages are JSON text' };
  }
  const parsed = clientMessageSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return { problem: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}` };
}

const wrongProtocol: Problem = {
  status: 400,
  code: 'unknown-subprotocol',
  message: `the WebSocket subprotocol must be ${subprotocol}`,
  fix: `send \`Sec-WebSocket-Protocol: ${subprotocol}\``,
};

const full: Problem = {
  status: 503,
  code: 'too-many-clients',
  message: 'as many clients are connected as the feed serves',
  fix: 'close some, or put one reader in front that spreads the feed',
  retryAfter: 30,
};
