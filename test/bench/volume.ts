import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Lab } from '../support/lab.ts';
import type { Moorwatch } from '../support/moorwatch.ts';
import { readRecords, type StoredRecord } from './stored.ts';

const busy = 5;
const measureMs = 120_000;
const execEveryMs = 3_000;
/** Compacted topics are not among them: the embedded log keeps only the latest of each key. */
const topics = ['observations', 'findings', 'incidents'];

/**
 * Bytes of each topic while nothing happens but 20 idle containers, then with five busy ones beside them (an exec each 3 s, and short
 * connections to one another without end). The values of a topic are counted; gzip is of 100 records together, as Kafka stores them.
 * Times a day's length it is an extrapolation: it knows no nights and no baselines that have learned.
 */
export async function benchVolume(lab: Lab, moorwatch: Moorwatch): Promise<readonly string[]> {
  const idle = await measured(moorwatch, () => delay(measureMs));
  const names = Array.from({ length: busy }, (_, index) => `busy-${index}`);
  const serve = 'httpd -p 80 -h /tmp; while :; do (sleep 4) | nc busy-0 80 >/dev/null; sleep 1; done';
  await lab.sh(`docker network create --internal busy >/dev/null
    for name in ${names.join(' ')}; do docker run -d --name $name --network busy $B sh -c '${serve}' >/dev/null; done`);
  const work = await measured(moorwatch, async () => {
    for (const until = Date.now() + measureMs; Date.now() < until; ) {
      const next = delay(execEveryMs);
      await Promise.all(names.map((name) => lab.sh(`docker exec ${name} sh -c 'ls /tmp >/dev/null'`)));
      await next;
    }
  });
  await lab.sh(`docker rm -fv ${names.join(' ')} >/dev/null; docker network rm busy >/dev/null`);
  return [
    '  a day of a host with 20 idle containers (extrapolated from 2 minutes):',
    ...idle.map((line) => `    ${line}`),
    `  the same with ${busy} busy ones beside them, each an exec every 3 s and a connection every 5 s:`,
    ...work.map((line) => `    ${line}`),
  ];
}

async function measured(moorwatch: Moorwatch, work: () => Promise<unknown>): Promise<readonly string[]> {
  const began = Date.now();
  await work();
  const days = (Date.now() - began) / 86_400_000;
  const lines: string[] = [];
  for (const topic of topics) {
    const records = (await readRecords(moorwatch.stateDir, topic)).filter(({ logged }) => logged >= began);
    if (records.length > 0) lines.push(lineOf(topic, records, days));
    if (topic !== 'observations') continue;
    for (const [kind, ofKind] of byKind(records)) lines.push(`  ${lineOf(kind, ofKind, days)}`);
  }
  return lines;
}

function lineOf(name: string, records: readonly StoredRecord[], days: number): string {
  const bytes = records.reduce((sum, { value }) => sum + value.length, 0);
  const perDay = (value: number): string => `${(value / days / 1e6).toFixed(1)} MB`;
  const count = Math.round(records.length / days).toLocaleString('en');
  return `${name}: ${count} records, ${perDay(bytes)}, gzip ${perDay(gzipBytes(records))}`;
}

function gzipBytes(records: readonly StoredRecord[]): number {
  let bytes = 0;
  for (let from = 0; from < records.length; from += 100)
    bytes += gzipSync(
      records
        .slice(from, from + 100)
        .map(({ value }) => value)
        .join(''),
    ).length;
  return bytes;
}

function byKind(records: readonly StoredRecord[]): ReadonlyMap<string, StoredRecord[]> {
  const kinds = new Map<string, StoredRecord[]>();
  for (const record of records) {
    const { kind } = JSON.parse(record.value) as { kind: string };
    kinds.set(kind, [...(kinds.get(kind) ?? []), record]);
  }
  return kinds;
}
