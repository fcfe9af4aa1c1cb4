import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { Kafka, logLevel } from 'kafkajs';
import { type ForeignProtocolError, whenForeign } from './foreign.ts';

/** How to reach the brokers. */
export interface KafkaEndpoint {
  /** host:port of some of the brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** TLS; `{}` trusts the system's certificate authorities. */
  readonly ssl?: Pick<ConnectionOptions, 'ca' | 'cert' | 'key'>;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  /** A request without an answer for so long counts as failed (default 10,000 ms). */
  readonly requestTimeoutMs?: number;
  /** Opens the TCP connection to a broker (default: directly), for those who reach them through something else. */
  readonly connect?: (to: { host: string; port: number }) => Socket;
}

/**
 * How long a request that fails is repeated: `endless` for appends, whose repetition is safe only inside kafkajs (a new send has new
 * sequence numbers and would double); `brief` for everything that can be begun anew; `guarded` the same, for a caller that sets its own
 * deadline, because kafkajs gives a fetch only 100 ms beyond its wait and a busy machine needs more; `once` for looking how things are.
 */
export type Patience = 'endless' | 'brief' | 'guarded' | 'once';

/** One kafkajs client with its own sockets, so that closing it takes no time and leaves nothing running, whatever kafkajs waits for. */
export interface Client {
  readonly kafka: Kafka;
  /** Changes with every connection that is begun and everything that is sent. */
  readonly traffic: () => number;
  /** What listens at an address is no Kafka broker: kafkajs's own error does not say so. */
  readonly foreign: () => ForeignProtocolError | undefined;
  readonly close: () => void;
}

const endless = {
  initialRetryTime: 100,
  maxRetryTime: 2_000,
  factor: 0.2,
  multiplier: 1.5,
  retries: Number.MAX_SAFE_INTEGER,
};
const brief = { initialRetryTime: 10, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 12 };
const retries = { endless, brief, guarded: brief, once: { ...brief, retries: 0 } };

export const defaultRequestTimeoutMs = 10_000;

export function openClient(endpoint: KafkaEndpoint, patience: Patience): Client {
  const sockets = new Set<Socket>();
  const { ssl, sasl } = endpoint;
  const requestTimeout = endpoint.requestTimeoutMs ?? defaultRequestTimeoutMs;
  let closed = false;
  let past = 0;
  let foreign: ForeignProtocolError | undefined;
  const kafka = new Kafka({
    clientId: endpoint.clientId,
    // An empty list is the one answer that ends kafkajs's endless retries.
    brokers: () => Promise.resolve(closed ? [] : shuffled(endpoint.brokers)),
    ...(ssl ? { ssl } : {}),
    ...(sasl ? { sasl: { ...sasl } as { mechanism: 'plain'; username: string; password: string } } : {}),
    connectionTimeout: 5_000,
    enforceRequestTimeout: patience !== 'guarded',
    requestTimeout,
    retry: retries[patience],
    logLevel: logLevel.NOTHING,
    logCreator: () => () => undefined,
    socketFactory: ({ host, port, onConnect }) => {
      if (closed) throw new Error('the client is closed');
      const socket = connectSocket(endpoint, { host, port }, onConnect);
      socket.setKeepAlive(true, 60_000);
      socket.setNoDelay(true);
      sockets.add(socket);
      whenForeign(socket, (error) => {
        foreign = error;
      });
      past += 1;
      const stopWatching = patience === 'endless' ? endWhenUnanswered(socket, 2 * requestTimeout) : () => undefined;
      socket.once('close', () => {
        stopWatching();
        if (sockets.delete(socket)) past += socket.bytesWritten;
      });
      return socket;
    },
  });
  return {
    kafka,
    foreign: () => foreign,
    traffic: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, past),
    close: () => {
      closed = true;
      // With an error, because kafkajs does not hear a bare `close` and would wait for answers.
      for (const socket of sockets) socket.destroy(new Error('the client is closed'));
    },
  };
}

function connectSocket(endpoint: KafkaEndpoint, to: { host: string; port: number }, onConnect: () => void): Socket {
  const { ssl, connect = connectTcp } = endpoint;
  const socket = connect(to);
  if (!ssl) return socket.once('connect', onConnect);
  // The host is what the certificate must be for: without, Node takes "localhost" for an address. A server name must not be an address
  // (RFC 6066).
  const named = isIP(to.host) === 0 ? { servername: to.host } : {};
  return connectTls({ socket, host: to.host, ...named, ...ssl }, onConnect);
}

/**
 * kafkajs repeats a request that timed out on the same connection. When that one leads nowhere any more (a firewall forgot it, its broker's
 * machine is gone), it would do so for ever; on a new one the same producer goes on, so nothing is doubled.
 * @returns stops watching
 */
function endWhenUnanswered(socket: Socket, ms: number): () => void {
  let read = 0;
  let written = 0;
  let since = performance.now();
  const timer = setInterval(() => {
    if (socket.bytesRead > read || socket.bytesWritten === written) {
      read = socket.bytesRead;
      written = socket.bytesWritten;
      since = performance.now();
    } else if (performance.now() - since > ms) socket.destroy(new Error(`no answer within ${ms} ms`));
  }, ms / 10);
  return () => clearInterval(timer);
}

/** Each client begins with another broker, so that a dead first one in the list holds nobody up. */
function shuffled(brokers: readonly string[]): string[] {
  const start = Math.floor(Math.random() * brokers.length);
  return [...brokers.slice(start), ...brokers.slice(0, start)];
}
