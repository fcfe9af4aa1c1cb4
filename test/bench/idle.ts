import { setTimeout as delay } from 'node:timers/promises';
import type { Lab } from '../support/lab.ts';
import type { Moorwatch } from '../support/moorwatch.ts';
import { cpuSeconds, residentMegabytes } from './usage.ts';

const containers = 20;
const settleMs = 75_000;
const measureMs = 30_000;

/** Memory and CPU of both processes beside idle containers, once these are no longer young. */
export async function benchIdle(lab: Lab, moorwatch: Moorwatch): Promise<readonly string[]> {
  await lab.sh(`for i in $(seq ${containers}); do docker run -d --name idle-$i $N $B >/dev/null; done`);
  await delay(settleMs);
  const pids = [moorwatch.process.pid ?? 0, ...moorwatch.monitorPids()];
  const before = pids.map(cpuSeconds);
  await delay(measureMs);
  const cores = pids.map((pid, index) => (cpuSeconds(pid) - (before[index] ?? 0)) / (measureMs / 1000));
  const rss = pids.map(residentMegabytes);
  const names = ['collector', 'monitor'];
  const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
  return [
    ...names.map(
      (name, index) => `  ${name}: ${rss[index]?.toFixed(0)} MB, ${((cores[index] ?? 0) * 100).toFixed(2)} % of a core`,
    ),
    `  together: ${total(rss).toFixed(0)} MB (aim: below 200), ${(total(cores) * 100).toFixed(2)} % of a core (aim: below 2)`,
  ];
}
