import { setTimeout as delay } from 'node:timers/promises';
import type { IncidentUpdate } from '../../../shared/incident.ts';
import { update } from '../../unit/alerting/updates.ts';
import type { ServerReport, Work } from './protocol.ts';

/** Sends `rate` updates a second, evenly; each says when it was made (`at`, ms). Gives the most memory that was in use. */
export async function produce(
  { rate, seconds }: Work,
  send: (update: IncidentUpdate) => Promise<void>,
): Promise<ServerReport> {
  const rssBefore = rss();
  let most = rssBefore;
  const began = performance.now();
  for (let n = 0; n < rate * seconds; n += 1) {
    const wait = began + (n * 1_000) / rate - performance.now();
    if (wait > 0) await delay(wait);
    const one = update(n, { title: `c${n}: ${'x'.repeat(200)}` });
    await send({ ...one, at: performance.timeOrigin + performance.now() });
    if (n % 20 === 0) most = Math.max(most, rss());
  }
  await delay(3_000);
  return { rss: Math.max(most, rss()), rssBefore };
}

const rss = (): number => process.memoryUsage.rss() / 2 ** 20;
