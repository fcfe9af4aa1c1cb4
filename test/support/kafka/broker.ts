import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A real broker of one node for a test file. */
export interface Broker {
  /** host:port */
  readonly address: string;
  /** SIGKILL: what it had not written is gone, what it acknowledged is not. */
  kill(): Promise<void>;
  /** SIGSTOP and SIGCONT: it hangs, connections stay open. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  /** Starts a killed broker again on its log. */
  restart(): Promise<void>;
  /** Ends it and deletes its log. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export async function startBroker(): Promise<Broker> {
  const dir = await mkdtemp(join(tmpdir(), 'moorwatch-kafka-'));
  const port = await freePort();
  const start = async (): Promise<void> => void (await run(script('start.sh'), [dir, String(port)]));
  const signal = async (name: NodeJS.Signals): Promise<void> => {
    process.kill(Number(await readFile(join(dir, 'broker.pid'), 'utf8')), name);
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    kill: () => signal('SIGKILL'),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    restart: start,
    stop: async () => void (await run(script('stop.sh'), [dir])),
  };
}

/** A free port with a free one after it (the controller's). */
async function freePort(): Promise<number> {
  for (;;) {
    const port = await listen(0);
    try {
      await listen(port + 1);
      return port;
    } catch {
      // Taken: try another pair.
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
