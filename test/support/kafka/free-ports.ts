import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Below those that the kernel gives to whoever connects somewhere (32768 and up on Linux), and below those of feeds (moorwatch.ts): a server that is
 * killed and started again must find its port free, and a client that asks a closed port over and over must not be given that port itself.
 */
const range = { from: 10_000, to: 20_000 };

/** Ports in a row that nobody listens on now. */
export async function freePorts(count: number): Promise<readonly number[]> {
  for (;;) {
    const first = randomInt(range.from, range.to - count);
    const ports = Array.from({ length: count }, (_, index) => first + index);
    try {
      for (const port of ports) await listen(port);
      return ports;
    } catch {
      // One is taken: try another row.
    }
  }
}

function listen(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => server.close(() => resolve()));
  });
}
