import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../eventually.ts';

export interface Proxy {
  /** DOCKER_HOST of it. */
  readonly host: string;
  /** http://… for requests of the test's own. */
  readonly url: string;
  stop(): void;
}

/** The haproxy that docs/haproxy.cfg sets up, in front of an engine's socket. `edit` changes the file first. */
export async function startProxy(
  socket: string,
  edit: (config: string) => string = (config) => config,
): Promise<Proxy> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-proxy-'));
  const shipped = readFileSync(join(import.meta.dirname, '../../../docs/haproxy.cfg'), 'utf8');
  const placed = shipped.replace('bind :2375', `bind 127.0.0.1:${port}`).replace('/var/run/docker.sock', socket);
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, edit(placed));
  const child: ChildProcess = spawn('haproxy', ['-db', '-f', file], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    async () => (await fetch(`${url}/_ping`)).ok || undefined,
    () => 'the proxy did not start',
  );
  return {
    host: `tcp://127.0.0.1:${port}`,
    url,
    stop: () => {
      child.kill();
      rmSync(directory, { recursive: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
