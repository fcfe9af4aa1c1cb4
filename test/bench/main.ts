import { startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';
import { benchIdle } from './idle.ts';
import { benchLatency } from './latency.ts';
import { benchParts, type Recorded } from './parts.ts';
import { readRecords } from './stored.ts';
import { benchThroughput } from './throughput.ts';
import { benchVolume } from './volume.ts';

/** `npm run bench`: on a lab engine of its own, with the product as users start it. Compare ratios, not machines. */
const lab = startLab();
try {
  const moorwatch = await startMoorwatch({ engine: lab.host });
  try {
    await moorwatch.ready();
    for (const [title, bench] of [
      ['latency, 200 privileged execs', () => benchLatency(lab, moorwatch)],
      ['idle with 20 containers', () => benchIdle(lab, moorwatch)],
      ['volume', () => benchVolume(lab, moorwatch)],
      ['parts on Kafka', async () => benchParts(await recordedBy(moorwatch))],
      ['throughput', () => benchThroughput(moorwatch)],
    ] as const) {
      console.log(title);
      for await (const line of await bench()) console.log(line);
    }
  } finally {
    await moorwatch.stop();
  }
} finally {
  lab.stop();
}

/** What the product made of the engine so far. */
async function recordedBy({ stateDir }: Moorwatch): Promise<Recorded> {
  return {
    observations: await readRecords(stateDir, 'observations'),
    findings: await readRecords(stateDir, 'findings'),
  };
}
