import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Bus } from '../../../shared/bus/port.ts';
import { topicsOf, type Work } from './identity.ts';
import { type MemberOrder, openLog } from './member.ts';

const work: Work = { partitions: 4, withState: true, records: 0 };
const everyMs = 50;

/**
 * Two processes share four partitions, each of which gets a record every 50 ms. One is ended by the signal (SIGKILL: the system knows that it is
 * gone; SIGSTOP: it hangs, which looks like a machine that is gone). How long until the other's first output for a partition it did not have,
 * and until it has put out something for all of them.
 */
export async function benchTakeover(log: MemberOrder['log'], signal: 'SIGKILL' | 'SIGSTOP'): Promise<string> {
  const bus = await openLog({ log, work });
  const children = new Map(['a', 'b'].map((name) => [name, spawnMember({ name, work, log })]));
  const over = new AbortController();
  const feeding = feed(bus, over.signal);
  const outputs = watchOutputs(bus, over.signal);
  try {
    await until(() => owners(outputs.latest).get('a') === 2 && owners(outputs.latest).get('b') === 2);
    const lost = [...outputs.latest].filter(([, { by }]) => by === 'a').map(([partition]) => partition);
    const ended = performance.now();
    children.get('a')?.kill(signal);
    const back = (): number[] =>
      lost.flatMap((partition) => {
        const { by, since } = outputs.latest.get(partition) ?? { by: '', since: 0 };
        return by === 'b' ? [since - ended] : [];
      });
    await until(() => back().length === lost.length);
    const seconds = (time: number): string => `${(time / 1_000).toFixed(1)} s`;
    return `first output after ${seconds(Math.min(...back()))}, of all partitions after ${seconds(Math.max(...back()))}`;
  } finally {
    for (const child of children.values()) child.kill('SIGKILL');
    over.abort();
    await Promise.all([feeding, outputs.ended]);
    await bus.close();
  }
}

function spawnMember(order: MemberOrder): ChildProcess {
  const script = join(import.meta.dirname, 'member.ts');
  return spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(order)], { stdio: 'inherit' });
}

async function feed(bus: Bus, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const at = Date.now();
    const records = Array.from({ length: work.partitions }, (_, partition) => ({
      key: 'k',
      value: '{}',
      at,
      partition,
    }));
    await bus.append(topicsOf(work).in, records);
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
}

interface Outputs {
  /** Per partition: who put out last, and when its first output in a row was seen (`performance.now()`). */
  readonly latest: ReadonlyMap<number, { readonly by: string; readonly since: number }>;
  readonly ended: Promise<void>;
}

function watchOutputs(bus: Bus, signal: AbortSignal): Outputs {
  const latest = new Map<number, { by: string; since: number }>();
  const watch = async (): Promise<void> => {
    for await (const { records } of bus.read(topicsOf(work).out, { from: 'newest', follow: true, signal }))
      for (const { key, partition } of records)
        if (latest.get(partition)?.by !== key) latest.set(partition, { by: key, since: performance.now() });
  };
  return { latest, ended: watch() };
}

function owners(latest: Outputs['latest']): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { by } of latest.values()) counts.set(by, (counts.get(by) ?? 0) + 1);
  return counts;
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the partitions did not change hands within 60 s');
    await delay(10);
  }
}
