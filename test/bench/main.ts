import { startLab } from '../support/lab.ts';
import { startMoorwatch } from '../support/moorwatch.ts';
import { benchIdle } from './idle.ts';
import { benchLatency } from './latency.ts';
import { benchThroughput } from './throughput.ts';

/** `npm run bench`: on a lab engine of its own, with the product as users start it. Compare ratios, not machines. */
const lab = startLab();
try {
  const moorwatch = await startMoorwatch({ engine: lab.host });
  try {
    await moorwatch.ready();
    for (const [title, bench] of [
      ['latency, 200 privileged execs', () => benchLatency(lab, moorwatch)],
      ['idle with 20 containers', () => benchIdle(lab, moorwatch)],
      ['throughput', () => benchThroughput(moorwatch)],
    ] as const) {
      console.log(title);
      for (const line of await bench()) console.log(line);
    }
  } finally {
    await moorwatch.stop();
  }
} finally {
  lab.stop();
}
