import { setTimeout as delay } from 'node:timers/promises';
import WebSocket from 'ws';
import { percentile } from '../percentile.ts';
import { type ClientsReport, onQuestion, token, type Work } from './protocol.ts';

interface Asked {
  readonly url: string;
  readonly work: Work;
  readonly fast: number;
  readonly slow: number;
}

const latencies: number[] = [];
let closed = 0;
let work: Work | undefined;

onQuestion(async (question: Asked | 'go'): Promise<object> => {
  if (question === 'go') return report();
  work = question.work;
  const { url, fast, slow } = question;
  const all = Array.from({ length: fast + slow }, (_, n) => n < slow);
  // In groups, as the backlog of a listening socket has its bounds.
  for (let n = 0; n < all.length; n += 50)
    await Promise.all(all.slice(n, n + 50).map((isSlow) => connect(url, isSlow)));
  await delay(1_000);
  return {};
});

async function report(): Promise<ClientsReport> {
  if (work === undefined) throw new Error('no work yet');
  const expected = work.rate * work.seconds;
  // Until nothing more comes.
  for (let before = -1; before < latencies.length || latencies.length < expected; ) {
    before = latencies.length;
    await delay(2_500);
    if (latencies.length === before && before > 0) break;
  }
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    worst: percentile(latencies, 1),
    events: latencies.length,
    closed,
  };
}

function connect(url: string, isSlow: boolean): Promise<void> {
  const socket = new WebSocket(`${url}/ws`, 'moorwatch.v1', {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
  });
  socket.on('close', () => {
    closed += 1;
  });
  socket.on('error', () => undefined);
  if (!isSlow) socket.on('message', take);
  return new Promise((resolve) => {
    socket.on('open', () => {
      const batchMs = work?.batchMs;
      socket.send(JSON.stringify({ type: 'subscribe', id: 's', ...(batchMs !== undefined && { batchMs }) }));
      if (isSlow) socket.pause();
      resolve();
    });
  });
}

/** Finding the time in the text is cheaper than parsing it, and the clients must not be what is measured. */
function take(data: unknown): void {
  if (!Buffer.isBuffer(data)) return;
  const now = performance.timeOrigin + performance.now();
  const text = data.toString('latin1');
  for (const [, at] of text.matchAll(/"at":(\d+(?:\.\d+)?)/g)) latencies.push(now - Number(at));
}
