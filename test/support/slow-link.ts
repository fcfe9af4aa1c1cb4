import { once, setMaxListeners } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** A way over TCP to a receiver, which a test makes bad: all bytes, one a second, or no connection at all. */
export interface SlowLink {
  readonly port: number;
  /** One byte a second from now on, each way, on open connections too. */
  trickle(): void;
  /** Nobody answers any more; what is open is torn down. */
  down(): Promise<void>;
  /** As if nothing had been. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

export async function startSlowLink(to: number): Promise<SlowLink> {
  const open = new Set<Socket>();
  let isSlow = false;
  // Each connection waits for it, in both ways.
  const toMend = (): AbortController => {
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    return controller;
  };
  let mended = toMend();
  const pump = (from: Socket, into: Socket): void => {
    const forward = async (): Promise<void> => {
      for await (const chunk of from) {
        let rest = chunk as Buffer;
        while (rest.length > 0) {
          const part = isSlow ? rest.subarray(0, 1) : rest;
          if (!into.write(part)) await Promise.race([once(into, 'drain'), once(into, 'close')]);
          rest = rest.subarray(part.length);
          if (isSlow) await wait(1_000, undefined, { signal: mended.signal }).catch(() => undefined);
        }
      }
      into.end();
    };
    forward().catch(() => into.destroy());
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [near, far]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    near.on('error', () => far.destroy());
    far.on('error', () => near.resetAndDestroy());
    pump(near, far);
    pump(far, near);
  });
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const fast = (): void => {
    isSlow = false;
    mended.abort();
    mended = toMend();
  };
  const down = async (): Promise<void> => {
    const closed = server.listening ? new Promise((resolve) => server.close(resolve)) : undefined;
    for (const socket of open) socket.resetAndDestroy();
    await closed;
  };
  return {
    port,
    trickle: () => {
      isSlow = true;
    },
    down,
    mend: async () => {
      fast();
      if (!server.listening) await listen(port);
    },
    close: async () => {
      fast();
      await down();
    },
  };
}
