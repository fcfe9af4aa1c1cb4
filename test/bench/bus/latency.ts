import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../../shared/bus/port.ts';
import { encodeObservation } from '../../../shared/observation.ts';
import { sampleExec } from '../observations.ts';
import { ms, percentile } from '../percentile.ts';
import { identityStage, topicsOf, type Work } from './identity.ts';

const everyMs = 20;
const count = 500;
/** Connections, first transactions and the compiler's warming up are no part of a rate that lasts. */
const warmUp = 50;

/** From the call of append to the record in the hands of one who follows the output; one record each 20 ms. */
export async function benchLatency(bus: Bus, work: Work): Promise<string> {
  const { in: from, out } = topicsOf(work);
  const done = new AbortController();
  const arrived = new Map<string, number>();
  const follow = async (): Promise<void> => {
    for await (const { records } of bus.read(out, { from: 'newest', follow: true, signal: done.signal }))
      for (const { key } of records) arrived.set(key, performance.now());
  };
  const following = follow();
  const processing = bus.process(
    'latency',
    from,
    identityStage(work, () => undefined),
  );
  await processing.ready;
  const appended = new Map<string, number>();
  const appendOne = async (index: number): Promise<void> => {
    const key = `latency-${index}`;
    appended.set(key, performance.now());
    await bus.append(from, [{ key, value: encodeObservation(sampleExec(index)), at: Date.now() }]);
  };
  const appends: Promise<void>[] = [];
  for (let index = 0; index < count + warmUp; index += 1) {
    appends.push(appendOne(index));
    await delay(everyMs);
  }
  await Promise.all(appends);
  while (arrived.size < appended.size) await delay(everyMs);
  done.abort();
  await Promise.all([processing.stop(), following]);
  const times = [...appended].slice(warmUp).map(([key, at]) => (arrived.get(key) ?? Number.NaN) - at);
  return `p50 ${ms(percentile(times, 0.5))}, p99 ${ms(percentile(times, 0.99))}`;
}
