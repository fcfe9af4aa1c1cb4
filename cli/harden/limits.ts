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
    const wanted = Math.max(least.pids, Math.ceil((most.value * room.pids) / 8) * 8);
    return proposed(notAbove(judging.use.configuration?.limits.pids, wanted), {
      evidence: `at most ${counted(most.value, 'process or thread', 'processes and threads')} in ${counted(resources.readings, 'reading')}, on ${isoTime(most.at)}`,
      confidence: 'medium',
      doubts: [
        'what came and went between two readings was not counted',
        ...judgedBefore(judging.use.configuration?.limits.pids ?? 0, String),
      ],
    });
  });

export const memory = (judging: Judging): Proposed<number> =>
  observed(judging, byReadings, () => {
    const { resources } = judging.use;
    const most = resources.memory;
    if (most === undefined || resources.readings < least.readings) return unobserved(tooFew(resources.readings));
    const wanted = Math.max(least.memory, Math.ceil((most.value * room.memory) / (16 * mib)) * 16 * mib);
    return proposed(notAbove(judging.use.configuration?.limits.memory, wanted), {
      evidence: `at most ${(most.value / mib).toFixed(1)} MiB without page cache in ${counted(resources.readings, 'reading')}, on ${isoTime(most.at)}`,
      confidence: 'medium',
      doubts: [
        'beyond it the kernel kills a process of the container; files in a tmpfs count',
        ...judgedBefore(judging.use.configuration?.limits.memory ?? 0, (bytes) => `${(bytes / mib).toFixed(1)} MiB`),
      ],
    });
  });

const tooFew = (readings: number): string => `${readings} of at least ${least.readings} readings of what it uses`;
/** A limit that it has already is never loosened. */
const notAbove = (limit: number | undefined, wanted: number): number =>
  limit !== undefined && limit > 0 ? Math.min(limit, wanted) : wanted;

const judgedBefore = (limit: number, text: (limit: number) => string): readonly string[] =>
  limit > 0 ? [`its limit is ${text(limit)} now: what it would have used beyond was not seen`] : [];
