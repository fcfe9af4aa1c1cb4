import { get } from 'node:http';
import { connectFeed } from '../support/feed-client.ts';
import type { Lab } from '../support/lab.ts';
import type { Moorwatch } from '../support/moorwatch.ts';
import { ms, percentile } from './percentile.ts';

const rounds = 200;

/**
 * From the engine's event to the feed's message, next to a bare client that only reads `GET /events`: both in this process and run, on the same
 * events. Each event is a privileged exec, which has to be inspected, logged, matched, logged, grouped, logged and pushed.
 */
export async function benchLatency(lab: Lab, moorwatch: Moorwatch): Promise<readonly string[]> {
  await lab.sh('docker run -d --name latency $N $B >/dev/null');
  const bare = await listenBare(lab.socket);
  const feed = connectFeed(moorwatch.url, { headers: { authorization: `Bearer ${moorwatch.token()}` } });
  await feed.want(({ type }) => type === 'hello');
  feed.say({ type: 'subscribe', id: 's', filter: {} });
  const differences: number[] = [];
  const direct: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const count = feed.got.length;
    const asked = performance.now();
    const seen = bare.next();
    const exec = lab.sh('docker exec --privileged latency true');
    const event = await seen;
    const update = await feed.want(
      (message) => message.type === 'event' && feed.got.findIndex((got) => got.message === message) >= count,
    );
    direct.push(event - asked);
    differences.push(update.at - event);
    await exec;
  }
  bare.close();
  feed.socket.close();
  return [
    `  bare client, from the command to the event: p50 ${ms(percentile(direct, 0.5))}, p99 ${ms(percentile(direct, 0.99))}`,
    `  feed message after the bare client had the event: p50 ${ms(percentile(differences, 0.5))}, p99 ${ms(percentile(differences, 0.99))} (aim: p99 at most 10 ms)`,
  ];
}

interface Bare {
  /** Time of the next exec_start. */
  next(): Promise<number>;
  close(): void;
}

function listenBare(socketPath: string): Promise<Bare> {
  return new Promise((resolve, reject) => {
    const request = get({ socketPath, path: '/events' }, (response) => {
      let waiting: ((at: number) => void) | undefined;
      response.setEncoding('utf8').on('data', (text: string) => {
        if (!text.includes('"Action":"exec_start')) return;
        waiting?.(performance.now());
        waiting = undefined;
      });
      resolve({
        next: () =>
          new Promise((wake) => {
            waiting = wake;
          }),
        close: () => request.destroy(),
      });
    });
    request.on('error', reject);
  });
}
