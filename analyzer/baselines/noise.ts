import { z } from 'zod';
import { ratePerWeek, rememberedMs, undecidedMs, weekMs } from './rate.ts';

/** Of one workload so many are remembered, the rarest. */
const mostExcursions = 64;
/** What differs by less has been rounded. */
const slack = 1.01;

/**
 * A deviation that its feature, or its chart, takes for seldom enough for medium: how rare (see `rarityOf`), when (record time, ms since the epoch), a
 * hash of what it was of, and whether it stayed medium.
 */
export const excursionSchema = z.tuple([z.number(), z.number(), z.string(), z.literal('told').optional()]).readonly();
export type Excursion = z.infer<typeof excursionSchema>;

/**
 * How many of its kind were to be expected in all the time T that the workload is known: λT, λ a week. The lower, the rarer. Compared at different times it is
 * not λ that says how rare something was: what never happened before is expected (0 + ½)/T times a week, so each such thing would be rarer than all that came
 * earlier, and of twenty features that show something for the first time, one after the other, none would ever be usual.
 *
 * @param known for how long, ms: of what is remembered for a while only, no longer than that, or what it never showed would be the more usual the
 *   older the workload is
 */
export const rarityOf = (perWeek: number, known: number): number => rounded((perWeek * Math.max(0, known)) / weekMs);

const rounded = (value: number): number => Number(value.toPrecision(3));

/** How often a workload shows deviations at least as rare. */
export interface AsRare {
  /** Of those that are evidence. */
  readonly count: number;
  readonly perWeek: number;
}

/**
 * How many deviations at least as rare as one the workload is expected to show in a week, whatever they are of: n of them in the time T, of four weeks at
 * most, make (n + ½)/T. That is the expected number of false findings that a threshold just there would let through, the E-value of a search in many
 * places at once (S. Karlin, S. F. Altschul, PNAS 87, 1990, 2264–2268), measured as for charts (quantities/calibration.ts) instead of summed up over the
 * features, as nobody knows what they have to do with each other. Where at most N a week are medium, about N a week are: of noise of the rate λ that one
 * is among the k + 1 rarest of m weeks, (k + ½)/m ≤ N, comes at most (k + 1)/m times a week.
 *
 * What was told as medium within a week and not approved does not count, nor does the time since the first of it: the steps of one intrusion are judged
 * by what was known when it began. What was not told counts at once, and makes nothing else usual by that: as much was at least as rare as it, so
 * whatever is less rare has as many before it even without it.
 */
export function asRareAs(
  excursions: readonly Excursion[],
  { rarity, first, now }: { readonly rarity: number; readonly first: number; readonly now: number },
): AsRare {
  const began = excursions.reduce(
    (least, [, at, , told]) => (told !== undefined && at > now - undecidedMs ? Math.min(least, at) : least),
    now,
  );
  const from = Math.max(first, now - rememberedMs);
  const count = excursions.filter(([other, at]) => at >= from && at < began && other <= rarity * slack).length;
  return { count, perWeek: ratePerWeek(count, began - from) };
}

/** Remembers one, and forgets what is old, and the least rare of what is too many. */
export function withExcursion(excursions: readonly Excursion[], excursion: Excursion): readonly Excursion[] {
  const [, now] = excursion;
  const all = [...excursions.filter(([, at]) => at >= now - rememberedMs), excursion];
  if (all.length <= mostExcursions) return all;
  const least = all.reduce((worst, one) => (one[0] > worst[0] ? one : worst));
  return all.filter((one) => one !== least);
}

/** Somebody decided that the last one of that says nothing of what is usual. */
export function withoutLast(excursions: readonly Excursion[], of: string): readonly Excursion[] {
  const last = excursions.findLast(([, , what]) => what === of);
  return last === undefined ? excursions : excursions.filter((one) => one !== last);
}
