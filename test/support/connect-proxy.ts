import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A proxy that makes tunnels (CONNECT), as a test wants it. */
export interface ConnectProxy {
  readonly url: string;
  /** `host:port credentials` of each CONNECT, in the order in which they came. */
  readonly tunnels: string[];
  /** What it answers to CONNECT; undefined: nothing at all. 200: a tunnel. */
  answer: number | undefined;
  /** Connections of clients that are open. */
  open(): number;
  close(): Promise<void>;
}

export async function startConnectProxy(): Promise<ConnectProxy> {
  const clients = new Set<Socket>();
  const server = createServer((_, response) => void response.writeHead(405).end());
  server.on('connection', (socket) => {
    clients.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => clients.delete(socket));
  });
  server.on('connect', (request, socket: Socket) => {
    proxy.tunnels.push(`${request.url ?? ''} ${request.headers['proxy-authorization'] ?? '-'}`);
    const { answer } = proxy;
    if (answer === undefined) return void socket.on('end', () => socket.destroy()).resume();
    if (answer !== 200) return void socket.end(`HTTP/1.1 ${answer} No\r\nContent-Length: 0\r\n\r\n`);
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const beyond = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      beyond.pipe(socket).pipe(beyond);
    });
    beyond.on('error', () => socket.destroy());
    socket.on('close', () => beyond.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: ConnectProxy = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels: [],
    answer: 200,
    open: () => clients.size,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of clients) socket.destroy();
      await closed;
    },
  };
  return proxy;
}
