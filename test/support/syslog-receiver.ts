import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setImmediate as polled, setTimeout as wait } from 'node:timers/promises';

/** A receiver of syslog as a test wants it: what it got, and how it behaves. */
export interface SyslogReceiver {
  readonly port: number;
  /** Messages in the order in which they came. */
  readonly messages: string[];
  /** The messages when nothing more is under way: what a machine took, its program has not read yet. */
  settled(): Promise<readonly string[]>;
  /** Connections taken so far; over UDP none. */
  readonly connections: () => number;
  /** Nobody listens any more; what is open is closed (`end`) or torn down (`reset`). */
  goAway(how?: 'end' | 'reset'): Promise<void>;
  comeBack(): Promise<void>;
}

/** One over TCP can take connections and leave what comes unread. */
export interface TcpReceiver extends SyslogReceiver {
  comeBack(how?: { readonly reads: boolean }): Promise<void>;
  /** Reads from now on, what came before, too. */
  read(): void;
}

/** Over TCP with octet counting; anything else in the stream is an error. */
export async function startTcpReceiver(): Promise<TcpReceiver> {
  const messages: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  let reads = true;
  const server = createServer((socket) => {
    connections += 1;
    open.add(socket);
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      const { frames, left } = unframe(Buffer.concat([rest, chunk]));
      rest = left;
      messages.push(...frames);
    });
    if (!reads) socket.pause();
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    messages,
    settled: () => settled(messages),
    connections: () => connections,
    goAway: async (how = 'reset') => {
      const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
      for (const socket of open) {
        if (how === 'reset') socket.resetAndDestroy();
        else socket.end();
      }
      await closed;
    },
    comeBack: (how = { reads: true }) => {
      reads = how.reads;
      return listen(port);
    },
    read: () => {
      reads = true;
      for (const socket of open) socket.resume();
    },
  };
}

async function settled(messages: readonly string[]): Promise<readonly string[]> {
  await wait(50);
  await polled();
  return messages;
}

/** Takes connections and never says anything. */
export async function startSilentReceiver(): Promise<Pick<SyslogReceiver, 'port' | 'connections'> & { stop(): void }> {
  const open: Socket[] = [];
  const server = createServer((socket) => {
    open.push(socket.on('error', () => undefined));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return { port: (server.address() as AddressInfo).port, connections: () => open.length, stop };
}

/** Frames of RFC 6587 §3.4.1 and what is not whole yet. */
export function unframe(bytes: Buffer): { frames: string[]; left: Buffer } {
  const frames: string[] = [];
  let left = bytes;
  for (;;) {
    const length = /^([1-9]\d{0,8}) /.exec(left.toString('latin1', 0, 10));
    if (length === null) {
      if (left.length > 0 && !/^[1-9]\d{0,8}$/.test(left.toString('latin1', 0, 9))) throw new Error('no octet count');
      return { frames, left };
    }
    const begin = length[0].length;
    const end = begin + Number(length[1]);
    if (left.length < end) return { frames, left };
    frames.push(left.toString('utf8', begin, end));
    left = left.subarray(end);
  }
}

export async function startUdpReceiver(): Promise<SyslogReceiver> {
  const messages: string[] = [];
  let socket = createSocket('udp4');
  const listen = async (port: number): Promise<void> => {
    socket = createSocket('udp4');
    socket.on('message', (message) => messages.push(message.toString()));
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
  };
  await listen(0);
  const { port } = socket.address();
  let isOpen = true;
  return {
    port,
    messages,
    settled: () => settled(messages),
    connections: () => 0,
    goAway: async () => {
      if (!isOpen) return;
      isOpen = false;
      socket.close();
      await once(socket, 'close');
    },
    comeBack: async () => {
      await listen(port);
      isOpen = true;
    },
  };
}
