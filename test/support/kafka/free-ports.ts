import { createServer } from 'node:net';

/** Ports in a row that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = await listen(0);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    try {
      for (const port of ports.slice(1)) await listen(port);
      return ports;
    } catch {
      // One is taken: try another row.
    }
  }
}

function listen(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : port));
    });
  });
}
