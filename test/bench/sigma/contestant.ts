import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { CorpusOptions } from '../../support/sigma/corpus.ts';
import type { Contestant } from '../rounds.ts';
import { bareLoop, type IndexStats, type LineEngine, openEngine, oracle } from './engines.ts';
import { chunksOf, type Traffic } from './traffic.ts';

/** Who takes the first `count` events of the traffic. */
export interface Order {
  readonly name: string;
  readonly traffic: Traffic;
  readonly count: number;
  readonly engine:
    | { readonly kind: 'bare' }
    | { readonly kind: 'index'; readonly paths: readonly string[] }
    | { readonly kind: 'oracle'; readonly corpus: CorpusOptions };
}

interface Answer {
  /** Events per second of CPU time: who else runs on the machine meanwhile counts for less. */
  readonly rate: number;
  readonly matched: number;
  readonly stats?: IndexStats;
}

export interface RunningContestant extends Contestant {
  /** After the last run; none of who has no index. */
  stats(): IndexStats | undefined;
  close(): void;
}

/**
 * Starts a process for one engine alone, as it is where it is used: several in one process make each other's code slower. It runs when it is
 * told to, so contestants still take turns.
 */
export async function startContestant(order: Order): Promise<RunningContestant> {
  const child = fork(import.meta.filename, [JSON.stringify(order)]);
  const answer = async (): Promise<unknown> => {
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
    if (child.exitCode !== null) throw new Error(`${order.name}: ended with exit code ${child.exitCode}`);
    return message;
  };
  let last: Answer | undefined;
  await answer();
  return {
    name: order.name,
    async run() {
      child.send('run');
      // What the other side below sends.
      const { rate, matched, stats } = (await answer()) as Answer;
      if (last !== undefined && last.matched !== matched)
        throw new Error(`${order.name}: ${last.matched} events matched, now ${matched}`);
      last = { rate, matched, ...(stats === undefined ? {} : { stats }) };
      return rate;
    },
    stats: () => last?.stats,
    close: () => child.kill('SIGKILL'),
  };
}

interface Opened {
  readonly engine: LineEngine;
  stats?(): IndexStats;
}

async function openOf(order: Order['engine']): Promise<Opened> {
  if (order.kind === 'bare') return { engine: bareLoop() };
  if (order.kind === 'oracle') return { engine: oracle(order.corpus) };
  const engine = await openEngine(order.paths);
  return { engine, stats: () => engine.stats() };
}

async function serve({ engine: wanted, traffic, count }: Order): Promise<void> {
  const { engine, stats } = await openOf(wanted);
  const chunks = chunksOf(traffic, count);
  process.on('message', () => {
    const began = process.cpuUsage();
    let matched = 0;
    for (const chunk of chunks) matched += engine.feed(chunk);
    const { user, system } = process.cpuUsage(began);
    const seconds = (user + system) / 1e6;
    const answer: Answer = { rate: count / seconds, matched, ...(stats === undefined ? {} : { stats: stats() }) };
    process.send?.(answer);
  });
  process.send?.('ready');
}

if (process.argv[1] === import.meta.filename) await serve(JSON.parse(process.argv[2] ?? '') as Order);
