import type { Item, Known, Verdict } from './feature.ts';

/** The verdict of a feature whose memory is a set: what is not in it does not fit, the more so the better the set covers the workload. */
export const judgeNovelty = (item: Item, known: Known, sentence: string): Verdict | undefined =>
  known.has(item.key) ? undefined : { score: 1 - known.newProbability, sentence };
