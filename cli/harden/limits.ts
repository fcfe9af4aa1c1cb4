import { counted, isoTime, type Judging, observed, proposed, unobserved } from './judging.ts';
import type { Proposed } from './proposal.ts';

const mib = 2 ** 20;
const byReadings = ['resources'] as const;
/** Twice the most processes that were seen, half as much memory again: what a reading between two missed, and a bad day. */
const room = { pids: 2, memory: 1.5 } as const;
const least = { pids: 32, memory: 32 * mib, readings: 10 } as const;

export const pids = (judging: Judging): Proposed<number> =>
  observed(judging, byReadings, () => {
    const { resources } = judging.use;
    const most = resources.pids;
    if (most === undefined || resources.readings < least.readings) return unobserved(tooFew(resources.readings));
    return proposed(Math.max(least.pids, Math.ceil((most.value * room.pids) / 8) * 8), {
      evidence: `at most ${counted(most.value, 'process or thread', 'processes and threads')} in ${counted(resources.readings, 'reading')}, on ${isoTime(most.at)}`,
      confidence: 'medium',
      doubts: [
        'what came and went between two readings was not counted',
        ...judgedBefore(judging.use.configuration?.limits.pids ?? 0),
      ],
    });
  });

export const memory = (judging: Judging): Proposed<number> =>
  observed(judging, byReadings, () => {
    const { resources } = judging.use;
    const most = resources.memory;
    if (most === undefined || resources.readings < least.readings) return unobserved(tooFew(resources.readings));
    return proposed(Math.max(least.memory, Math.ceil((most.value * room.memory) / (16 * mib)) * 16 * mib), {
      evidence: `at most ${(most.value / mib).toFixed(1)} MiB without page cache in ${counted(resources.readings, 'reading')}, on ${isoTime(most.at)}`,
      confidence: 'medium',
      doubts: ['beyond it the kernel kills a process of the container; files in a tmpfs count'],
    });
  });

const tooFew = (readings: number): string => `${readings} of at least ${least.readings} readings of what it uses`;
const judgedBefore = (limit: number): readonly string[] =>
  limit > 0 ? [`its limit is ${limit} now: what it would have started beyond was not seen`] : [];
