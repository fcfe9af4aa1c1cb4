import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteBus } from '../../shared/bus/sqlite/bus.ts';
import { startBroker } from '../support/kafka/broker.ts';
import { specsOf, type Work, workName } from './bus/identity.ts';
import { openKafkaBench } from './bus/kafka-identity.ts';
import { benchLatency } from './bus/latency.ts';
import { sqliteContestants } from './bus/sqlite-identity.ts';
import { benchTakeover } from './bus/takeover.ts';
import { type Contestant, inRounds, rateText } from './rounds.ts';

/**
 * `npm run bench:bus`: both buses next to what one would write by hand with the bare libraries, on a broker and a file of its own, in some
 * three minutes. Compare ratios, not machines.
 */
const aim = 0.7;
const rounds = 5;
const states = [false, true];
const kafkaWorks = [1, 4].flatMap((partitions) =>
  states.map((withState): Work => ({ partitions, withState, records: 15_000 })),
);
const sqliteWorks = states.map((withState): Work => ({ partitions: 1, withState, records: 30_000 }));
const latencyWork: Work = { partitions: 1, withState: false, records: 0 };

const dir = mkdtempSync(join(tmpdir(), 'moorwatch-bench-'));
const broker = await startBroker();
const summary: { measured: string; result: string }[] = [];
const say = (measured: string, result: string): void => {
  summary.push({ measured, result });
  console.log(`${measured}: ${result}`);
};
try {
  const kafka = await openKafkaBench(broker.address, kafkaWorks);
  const kafkaShares = await compare('Kafka', kafkaWorks, (work) => kafka.contestants(work));
  say('Kafka, append to output', await benchLatency(kafka.bus, latencyWork));
  await kafka.close();
  const sqliteShares = await compare('SQLite', sqliteWorks, (work) => sqliteContestants(dir, work));
  const path = join(dir, 'latency.db');
  const sqlite = await openSqliteBus({ path, synchronous: 'normal', topics: specsOf(latencyWork) });
  say('SQLite, append to output', await benchLatency(sqlite, latencyWork));
  await sqlite.close();
  say('Kafka takeover, kill -9 (session timeout 10 s)', await benchTakeover({ broker: broker.address }, 'SIGKILL'));
  say('SQLite takeover, kill -9 (process known to be gone)', await takeoverOnFile('SIGKILL'));
  say('SQLite takeover, hung (lease 10 s)', await takeoverOnFile('SIGSTOP'));
  console.log(
    '\nSummary: records/s as median of rounds (least–most), outputs and position in one transaction of 500 records',
  );
  const width = Math.max(...summary.map(({ measured }) => measured.length));
  for (const { measured, result } of summary) console.log(`  ${measured.padEnd(width)}  ${result}`);
  console.log(`  aim on Kafka, at least ${aim} of the bare pair: ${verdict(kafkaShares)}`);
  console.log(`  the same on SQLite: ${verdict(sqliteShares)}`);
} finally {
  await broker.stop();
  rmSync(dir, { recursive: true, force: true });
}

/** Measures ours next to the bare one on each piece of work; gives the shares of ours. */
async function compare(
  bus: string,
  works: readonly Work[],
  contestants: (work: Work) => readonly [Contestant, Contestant],
): Promise<readonly number[]> {
  // All pieces of work in each round; the first round only warms the compiler up.
  const pairs = works.map(contestants);
  await inRounds(pairs.flat(), 1);
  const results = await inRounds(pairs.flat(), rounds);
  return works.map((work, index) => {
    const [ours, bare] = results.slice(2 * index);
    if (!ours || !bare) throw new Error('a result is missing');
    const share = ours.median / bare.median;
    say(`${bus} ${workName(work)}`, `ours ${rateText(ours)}, bare ${rateText(bare)}: ${share.toFixed(2)}`);
    return share;
  });
}

function takeoverOnFile(signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
  return benchTakeover({ path: join(dir, `takeover-${signal}.db`) }, signal);
}

function verdict(shares: readonly number[]): string {
  const least = Math.min(...shares);
  return `${least >= aim ? 'reached' : 'missed'} (least ${least.toFixed(2)}, most ${Math.max(...shares).toFixed(2)})`;
}
