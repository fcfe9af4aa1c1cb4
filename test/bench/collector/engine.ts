import { createServer } from 'node:http';
import { join } from 'node:path';
import { recorded } from '../../support/inspect.ts';
import type { Box } from './boxes.ts';

/** An engine that has these containers, and nothing ever happens there. */
export async function serveEngine(dir: string, boxes: readonly Box[]): Promise<{ socket: string; close(): void }> {
  const socket = join(dir, 'docker.sock');
  const base = recorded('plain').container;
  const startedAt = new Date(Date.now() - 3_600_000).toISOString();
  const containers = new Map(
    boxes.map(({ id, pid }, index) => [
      id,
      {
        ...base,
        Id: id,
        Name: `/bench-${index}`,
        State: { ...base.State, Status: 'running', Running: true, Pid: pid, StartedAt: startedAt },
      },
    ]),
  );
  const answers = (path: string): unknown => {
    if (path === '/_ping') return 'OK';
    if (path === '/version') return { ApiVersion: '1.41', Version: '20.10.24' };
    if (path === '/info') return { ID: 'BENCH', Name: 'bench', DockerRootDir: '/var/lib/docker', CgroupVersion: '1' };
    if (path === '/containers/json')
      return [...containers.values()].map(({ Id, Name }) => ({ Id, Names: [Name], State: 'running' }));
    const container = /^\/containers\/(\w+)\/json$/.exec(path)?.[1];
    if (container !== undefined) return containers.get(container);
    return /^\/(images|networks)\/json$|^\/networks$/.test(path) ? [] : undefined;
  };
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/v1\.\d+/, '').replace(/\?.*/, '');
    response.setHeader('Api-Version', '1.41');
    // The stream of events stays open and says nothing.
    if (path === '/events') {
      response.writeHead(200).flushHeaders();
      return;
    }
    const answer = answers(path);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? { message: 'no such thing' }));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
