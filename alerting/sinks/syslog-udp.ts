import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { setImmediate as polled, setTimeout as wait } from 'node:timers/promises';
import { createTurns, type SyslogTransport } from './syslog-delivery.ts';
import { within } from './within.ts';

/** The receiver's name is looked up this often: nothing else tells that it has moved. */
const freshMs = 60_000;
/** A machine where nobody listens says so (ICMP port unreachable); that takes a round trip. */
const refusalMs = 20;

export interface UdpOptions {
  readonly host: string;
  readonly port: number;
  /** For looking up the host. */
  readonly timeoutMs: number;
}

/** Messages as datagrams, one each (RFC 5426). Nothing tells whether they arrive; only that nobody listens is noticed, where the network says so. */
export function createUdpTransport(options: UdpOptions): SyslogTransport {
  const turns = createTurns();
  let current: { readonly socket: Socket; readonly since: number } | undefined;
  let refusal: Error | undefined;

  const letGo = (): void => {
    current?.socket.close();
    current = undefined;
    refusal = undefined;
  };
  const open = async (signal: AbortSignal): Promise<Socket> => {
    if (current !== undefined && performance.now() - current.since < freshMs) return current.socket;
    letGo();
    const socket = await connected(options, signal);
    socket.on('error', (error) => {
      if (current?.socket === socket) refusal = error;
    });
    current = { socket, since: performance.now() };
    return socket;
  };
  const orLetGo = (work: (signal: AbortSignal) => Promise<void>) => async (signal: AbortSignal) => {
    try {
      await work(signal);
    } catch (error) {
      letGo();
      throw error;
    }
  };

  return {
    send: ({ text }, stop) =>
      turns.take(
        orLetGo(async (signal) => sent(await open(signal), Buffer.from(text))),
        stop,
      ),
    flush: (stop) =>
      turns.take(
        orLetGo(async (signal) => {
          await wait(refusalMs, undefined, { signal });
          // On a busy machine the timer may come before what the socket has to tell.
          await polled();
          if (refusal !== undefined) throw refusal;
        }),
        stop,
      ),
    close: async () => {
      await turns.idle();
      letGo();
    },
  };
}

/** Connected, so that the kernel tells this socket what comes back for it. */
async function connected({ host, port, timeoutMs }: UdpOptions, signal: AbortSignal): Promise<Socket> {
  const { address, family } = await within(timeoutMs, signal, `no address of ${host}`, () => lookup(host));
  const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
  try {
    socket.connect(port, address);
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

const sent = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => socket.send(bytes, (error) => (error === null ? resolve() : reject(error))));
