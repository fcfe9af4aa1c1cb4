import { type Entries, newest, pick } from './entries.ts';
import { type Measure, type Shrunk, slack } from './measure.ts';

/**
 * temporal_ordered: of how many rules, in the order of the list, one followed the other; others may have come between. Values are positions in
 * that list. The positions of one event stand in falling order, so that one event is never two of the steps.
 */
export function orderedMeasure({ rules, keep }: { readonly rules: number; readonly keep: number }): Measure {
  return {
    limit: Math.min(keep, rules * rules + slack),
    of(values, from, to) {
      const longest = Array.from({ length: rules }, () => 0);
      for (let index = from; index < to; index += 1) {
        const position = Number(values[index]);
        let before = 0;
        for (let earlier = 0; earlier < position; earlier += 1) before = Math.max(before, longest[earlier] ?? 0);
        longest[position] = Math.max(longest[position] ?? 0, before + 1);
      }
      return Math.max(...longest);
    },
    shrink: (entries) => shrink(entries, Math.ceil((keep * 7) / 8)),
  };
}

/** A chain of steps; the earlier it began, the sooner it falls out of the window. */
interface Chain {
  readonly start: number;
  readonly index: number;
  readonly before: Chain | undefined;
}

/** Of all chains of one length that end at one rule, a window at the end needs the one that began last. */
function shrink(entries: Entries, count: number): Shrunk {
  // By length, then by the position of the last step.
  const chains: (Chain | undefined)[][] = [];
  for (const [index, time] of entries.times.entries()) {
    const position = Number(entries.values[index]);
    const extended = chains.map((ofLength) => latest(ofLength.slice(0, position)));
    for (const [length, before] of [undefined, ...extended].entries()) {
      if (length > 0 && before === undefined) continue;
      const chain: Chain = { start: before?.start ?? time, index, before };
      chains[length] ??= [];
      const ofLength = chains[length];
      if (chain.start >= (ofLength[position]?.start ?? chain.start)) ofLength[position] = chain;
    }
  }
  const needed = new Set<number>();
  for (const chain of chains.flat()) {
    for (let step = chain; step !== undefined; step = step.before) needed.add(step.index);
  }
  const kept = pick(entries, (index) => needed.has(index));
  return { ...newest(kept, count), exactFrom: entries.times.at(-1) ?? 0, isLossy: kept.times.length > count };
}

function latest(chains: readonly (Chain | undefined)[]): Chain | undefined {
  let found: Chain | undefined;
  for (const chain of chains)
    if (chain !== undefined && (found === undefined || chain.start > found.start)) found = chain;
  return found;
}
