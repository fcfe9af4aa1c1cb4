import { parseArgs } from 'node:util';
import { from, lastValueFrom, tap } from 'rxjs';
import { createIncidentStage } from '../../alerting/incidents/stage.ts';
import type { Batch, BusRecord, StateChange } from '../../shared/bus/port.ts';
import { finding, record, rule, told } from '../unit/alerting/finding-records.ts';
import { benchFloodDelay } from './flood-delay.ts';

/**
 * `npm run bench:flood`: a flood of findings of few kinds through the incident stage, as the log hands them over. Prints what it came to: incidents,
 * updates and their bytes, the state that is kept, the time and the memory that it took. Then how long others wait for it, on a log (flood-delay.ts).
 */
const { values } = parseArgs({
  options: {
    findings: { type: 'string', default: '1000000' },
    kinds: { type: 'string', default: '10' },
    batch: { type: 'string', default: '500' },
    /** How many come in a second of record time. */
    rate: { type: 'string', default: '10000' },
    /** How many wait in front of an unrelated one. */
    waiting: { type: 'string', default: '200000' },
  },
});
const count = Number(values.findings);
const kinds = Number(values.kinds);
const size = Number(values.batch);
const rate = Number(values.rate);

/** Each kind is a rule on a container of its own. */
const recordOf = (n: number): BusRecord => {
  const kind = n % kinds;
  const at = 1_000_000 + Math.floor((n * 1_000) / rate);
  const one = finding(`finding-${n}`, {
    at,
    in: `container-${kind}`,
    ...rule(`rule-${kind}`),
    summary: `kind ${kind}`,
  });
  return record(told(one), at, n);
};

function* batches(): Generator<Batch> {
  for (let n = 0; n < count; n += size) {
    const records = Array.from({ length: Math.min(size, count - n) }, (_, i) => recordOf(n + i));
    yield { topic: 'findings', partition: 0, records };
  }
}

const incidents = new Set<string>();
const state = new Map<string, number>();
let updates = 0;
let updateBytes = 0;
let stateBytes = 0;
let peak = 0;
const keep = ({ key, value }: StateChange): void => {
  stateBytes += value?.length ?? 0;
  if (value === null) state.delete(key);
  else state.set(key, value.length);
};

globalThis.gc?.();
const before = process.memoryUsage();
const started = performance.now();
const cpuBefore = process.cpuUsage();
const stage = createIncidentStage({ quietMs: 900_000, reopenMs: 3_600_000, suppressionMs: 86_400_000 });
const running = from(batches()).pipe(
  stage({ partition: 0, restored: new Map() }),
  tap((commit) => {
    for (const {
      record: { value },
    } of commit.outputs) {
      const { incident } = JSON.parse(value ?? '') as { incident: { id: string } };
      incidents.add(incident.id);
      updates += 1;
      updateBytes += value?.length ?? 0;
    }
    for (const change of commit.state) keep(change);
    peak = Math.max(peak, process.memoryUsage().rss);
  }),
);
const last = await lastValueFrom(running);
const seconds = (performance.now() - started) / 1_000;
const cpu = process.cpuUsage(cpuBefore).user / 1e6;
const kept = [...state.values()].reduce((sum, length) => sum + length, 0);
globalThis.gc?.();
const mega = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MiB`;
const open = last.state.filter(({ key }) => key.endsWith('/head')).length;
process.stdout.write(
  [
    `${count} findings of ${kinds} kinds in batches of ${size}, ${rate} a second of record time`,
    `${incidents.size} incidents, ${open} of them in the last commit`,
    `${updates} updates, ${mega(updateBytes)}`,
    `state kept ${mega(kept)} in ${state.size} values, written ${mega(stateBytes)}`,
    `${seconds.toFixed(1)} s, ${cpu.toFixed(1)} s of CPU, ${Math.round(count / cpu)} findings a second of it (with making and encoding them)`,
    `memory: ${mega(before.rss)} before, at most ${mega(peak)}, heap at the end ${mega(process.memoryUsage().heapUsed)}`,
    '',
  ].join('\n'),
);
const delays = await benchFloodDelay({ findings: Number(values.waiting), kinds, rate, seconds: 10 });
process.stdout.write(delays.map((line) => `${line}\n`).join(''));
