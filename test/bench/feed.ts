import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { ClientsReport, ServerReport, Work } from './feed/protocol.ts';
import { ms } from './percentile.ts';

/**
 * `npm run bench:feed`: 1,000 WebSocket clients on loopback, 100 of which read nothing: how late the others get incidents, next to a bare `ws` server that
 * sends the same texts to all of them and knows neither filters nor cursors nor slow clients. Server and clients are processes of their own. Compare the two,
 * not machines: on few cores the clients take most of the time.
 */
const works: readonly Work[] = [
  { name: '20 incidents/s, one by one', rate: 20, seconds: 20 },
  { name: '200 incidents/s, frames of at most 100 ms', rate: 200, seconds: 20, batchMs: 100 },
];
const clients = { fast: 900, slow: 100 };

for (const work of works) {
  console.log(`${work.name}, ${clients.fast} clients that read and ${clients.slow} that do not`);
  for (const server of ['moorwatch', 'bare'] as const) {
    const { clients: got, server: used } = await round(server, work);
    const expected = work.rate * work.seconds * clients.fast;
    const share = ((100 * got.events) / expected).toFixed(1);
    console.log(
      `  ${server.padEnd(9)} p50 ${ms(got.p50)}, p99 ${ms(got.p99)}, worst ${ms(got.worst)}; ${share} % of ${expected} events; server at most ${used.rss.toFixed(0)} MiB, before ${used.rssBefore.toFixed(0)} MiB; ${got.closed} connections lost`,
    );
  }
}

async function round(
  server: 'moorwatch' | 'bare',
  work: Work,
): Promise<{ clients: ClientsReport; server: ServerReport }> {
  const serving = start(server === 'bare' ? 'bare-server' : 'server');
  const { url } = await answer<{ url: string }>(serving, { work, clients: clients.fast + clients.slow });
  const reading = start('clients');
  await answer(reading, { url, work, ...clients });
  const [used, got] = await Promise.all([answer<ServerReport>(serving, 'go'), answer<ClientsReport>(reading, 'go')]);
  for (const child of [serving, reading]) child.kill();
  return { clients: got, server: used };
}

function start(name: string): ChildProcess {
  return fork(join(import.meta.dirname, 'feed', `${name}.ts`), { execArgv: ['--import', 'tsx'] });
}

/** One question to a child, and its answer. */
function answer<T>(child: ChildProcess, question: object | string): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process of the bench ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
    child.send(question);
  });
}
