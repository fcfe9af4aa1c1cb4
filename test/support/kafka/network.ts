import { connect as connectTcp, createServer, type Server, Socket } from 'node:net';

/** The way to brokers, with what networks and brokers do wrong. Everything passes until told otherwise. */
export interface Network {
  /** For KafkaEndpoint.connect. */
  connect(to: { host: string; port: number }): Socket;
  /** Connections stay open and new ones are taken, but nothing passes any more, in either direction: no error, no answer. */
  swallow(): void;
  /** New connections and old ones are refused. */
  refuse(): void;
  /** Names of brokers do not resolve, and connections are gone. */
  forgetNames(): void;
  /** All is well again for new connections; what was swallowed is lost. */
  heal(): void;
  /** The next answer to a request of this kind says this error instead. Resolves when it was given. */
  answer(api: AnsweredApi, error: number): Promise<void>;
  close(): Promise<void>;
}

/** Number of the request, and where its answer has an error code (protocol versions that kafkajs 2.2.4 and Kafka 4 agree on). */
export interface AnsweredApi {
  readonly key: number;
  /** Offset of an error code (int16) in the answer, behind the correlation id. */
  readonly errorAt: (answer: Buffer) => number;
}

/** Errors of the protocol. */
export const brokerError = {
  rebalanceInProgress: 27,
  unknownMember: 25,
  groupAuthorizationFailed: 30,
  outOfOrderSequence: 45,
  invalidProducerEpoch: 47,
  concurrentTransactions: 51,
  unknownProducer: 59,
} as const;

export const api = {
  /** v7: topics [name, partitions [index, error …]], of which the first. */
  produce: { key: 0, errorAt: (answer: Buffer) => 4 + 4 + 2 + answer.readInt16BE(8) + 4 + 4 },
  /** Join v5 and heartbeat v3: throttle time first. */
  join: { key: 11, errorAt: () => 8 },
  heartbeat: { key: 12, errorAt: () => 8 },
  /** Add offsets to a transaction, v1. */
  addOffsets: { key: 25, errorAt: () => 8 },
} as const satisfies Readonly<Record<string, AnsweredApi>>;

type Mode = 'pass' | 'swallow' | 'refuse' | 'nameless';

interface Script {
  readonly api: AnsweredApi;
  readonly error: number;
  readonly told: () => void;
}

/** One proxy for each broker address that is asked for. */
export function openNetwork(): Network {
  const proxies = new Map<string, Promise<{ server: Server; port: number }>>();
  const links = new Set<{ mode: Mode; readonly sockets: readonly Socket[] }>();
  const scripts: Script[] = [];
  let mode: Mode = 'pass';

  const relay = (client: Socket, to: { host: string; port: number }): void => {
    const broker = connectTcp(to);
    const link = { mode, sockets: [client, broker] };
    links.add(link);
    const kinds = new Map<number, number>();
    const passes = (): boolean => link.mode === 'pass';
    client.on(
      'data',
      frames((frame) => {
        kinds.set(frame.readInt32BE(8), frame.readInt16BE(4));
        if (passes()) broker.write(frame);
      }),
    );
    broker.on(
      'data',
      frames((frame) => {
        const kind = kinds.get(frame.readInt32BE(4));
        kinds.delete(frame.readInt32BE(4));
        if (passes()) client.write(scripted(frame, kind, scripts));
      }),
    );
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        links.delete(link);
        other.destroy();
      });
    }
  };

  const proxyTo = (to: { host: string; port: number }): Promise<{ server: Server; port: number }> => {
    const name = `${to.host}:${to.port}`;
    const known = proxies.get(name);
    if (known) return known;
    const server = createServer((client) => {
      if (mode === 'refuse') client.destroy();
      else relay(client, to);
    });
    const listening = new Promise<{ server: Server; port: number }>((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve({ server, port: typeof address === 'object' && address ? address.port : 0 });
      });
    });
    proxies.set(name, listening);
    return listening;
  };

  const become = (next: Mode): void => {
    mode = next;
    for (const link of links) {
      link.mode = next;
      if (next === 'refuse' || next === 'nameless') for (const socket of link.sockets) socket.destroy();
    }
  };

  return {
    connect(to) {
      if (mode === 'nameless') return connectTcp({ ...to, host: 'no-such-broker.invalid' });
      const socket = new Socket();
      void proxyTo(to).then(({ port }) => socket.connect(port, '127.0.0.1'));
      return socket;
    },
    swallow: () => become('swallow'),
    refuse: () => become('refuse'),
    forgetNames: () => become('nameless'),
    heal: () => {
      mode = 'pass';
    },
    answer: (what, error) =>
      new Promise((told) => {
        scripts.push({ api: what, error, told });
      }),
    async close() {
      become('refuse');
      for (const proxy of proxies.values()) (await proxy).server.close();
    },
  };
}

function scripted(frame: Buffer, kind: number | undefined, scripts: Script[]): Buffer {
  const index = scripts.findIndex((one) => one.api.key === kind);
  const [script] = index < 0 ? [] : scripts.splice(index, 1);
  if (!script) return frame;
  const changed = Buffer.from(frame);
  changed.writeInt16BE(script.error, 4 + script.api.errorAt(changed.subarray(4)));
  script.told();
  return changed;
}

/** Cuts a stream into the frames of the protocol (length, then so many bytes). */
function frames(each: (frame: Buffer) => void): (data: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (data) => {
    rest = Buffer.concat([rest, data]);
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0);
      each(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
