import { type Phase, type Progress, type StoredItem, slotsOf } from '../../shared/baseline-state.ts';
import type { Severity } from '../../shared/finding.ts';
import { worstSeverity } from '../../shared/finding.ts';
import { ratePerWeek, undecidedMs, weekMs } from './rate.ts';

/** What a workload showed so far in one phase, and the novelty that is told now. */
export interface Shown {
  readonly items: readonly StoredItem[];
  readonly phase: Phase;
  /** As it was before the novelty was counted. */
  readonly progress: Pick<Progress, 'once' | 'first'> | undefined;
  /** The novelty, which is no evidence for itself, where it is among the items, told just now. */
  readonly own: StoredItem | undefined;
  /** Of the novelty; what is of another stratum says nothing about it. */
  readonly stratum?: string | undefined;
  readonly now: number;
}

/**
 * How many novelties of a kind a workload is expected to show in a week.
 *
 * What was told within the last week and not approved is no evidence that such things are usual: it may be the steps of one intrusion, each of
 * which would make the next one more usual. Nor is the time since the first of it, or each would make the next one rarer. So all steps of what
 * lasts no longer than a week are judged by what was known when it began, and where novelties come by themselves the rate is as it was, as they are
 * left out together with their time. Those that were told longer ago count, or a workload that is always new would cry wolf for ever.
 *
 * Where a feature has strata, the novelty is compared with those of its own alone (W. G. Cochran, "Sampling Techniques", 1977, chapter 5): a
 * builder that fetches from a new public address every hour has for all that never connected to a neighbour's database.
 */
export function expectedPerWeek(shown: Shown): number {
  const evidence = evidenceOf(shown);
  if (evidence === undefined) return Number.POSITIVE_INFINITY;
  const { once, first, until, news } = evidence;
  return noveltiesPerWeek({ once, first }, until, news);
}

/** What says how usual a novelty is, of its stratum where it has one: so many items seen exactly once, in the time from `first` to `until`. */
export interface Evidence {
  readonly once: number;
  readonly first: number;
  readonly until: number;
  /** How many items are younger than a time. */
  news(since: number): number;
}

export function evidenceOf(shown: Shown): Evidence | undefined {
  const { progress, stratum } = shown;
  if (progress === undefined) return undefined;
  const { seenOnce, undecidedOnce, began, firsts } = countsOf(shown);
  // As progress counts it, or among its own.
  const once = (stratum === undefined ? progress.once : seenOnce) - undecidedOnce;
  const news = (since: number): number => firsts.filter((first) => first >= since).length;
  return { once: Math.max(0, once), first: progress.first, until: began, news };
}

/**
 * In one pass: a memory may have thousands of items, and a flood asks anew with each novelty.
 *
 * @returns with when each that is no undecided one was seen first
 */
function countsOf({ items, phase, own, stratum, now }: Shown) {
  let [seenOnce, undecidedOnce, began] = [0, 0, now];
  const firsts: number[] = [];
  for (const item of items) {
    if (item === own || !isOf(stratum, item)) continue;
    const sighting = item[phase];
    const isOnce = slotsOf(sighting) === 1;
    // What is held or was not seen in the phase is not counted.
    if (isOnce && sighting?.as !== 'held') seenOnce += 1;
    const { told } = item;
    if (told === undefined || told <= now - undecidedMs) {
      firsts.push(sighting?.first ?? 0);
      continue;
    }
    began = Math.min(began, told);
    if (isOnce) undecidedOnce += 1;
  }
  return { seenOnce, undecidedOnce, began, firsts };
}

/** What was seen before there were strata may be of any. */
const isOf = (stratum: string | undefined, item: StoredItem): boolean =>
  stratum === undefined || item.stratum === undefined || item.stratum === stratum;

/**
 * How often siblings that do the same work are expected to deny an item by chance: of the r items that came in more than two slots of time, any could
 * have come n times of the same one of two replicas, 2^(1−n) each (of more replicas less; replicas/items.ts). All of them in the time T: r · 2^(1−n)/T,
 * which bounds the expectation whatever they have to do with each other.
 *
 * @param denied what siblings deny
 */
export function deniedPerWeek(
  denied: StoredItem,
  { items, phase, progress, now }: Pick<Shown, 'items' | 'phase' | 'progress' | 'now'>,
): number {
  const weeks = progress === undefined ? 0 : (now - progress.first) / weekMs;
  if (weeks <= 0) return Number.POSITIVE_INFINITY;
  const repeated = items.filter((item) => slotsOf(item[phase]) > 2).length;
  return (Math.max(1, repeated) * 2 ** (1 - slotsOf(denied[phase]))) / weeks;
}

/**
 * Good–Turing: the next sighting is new with probability N₁/N (I. J. Good, Biometrika 40, 1953). Sightings come at the rate N/T, so novelties
 * come at N₁/T, with N₁ items seen exactly once in the time T; taken as Poisson with Jeffreys' prior (H. Jeffreys, "An invariant form for the
 * prior probability", Proc. R. Soc. A 186, 1946), whose posterior mean is (N₁ + ½)/T. That holds for what draws from the same things all the
 * time; where new ones take the place of old ones for good (addresses behind a name), novelties come as they came lately: D in the latter half
 * of T is (D + ½)/(T/2). The higher of both counts. Infinite while no time has passed.
 *
 * @param until when T ends; it began with `first`
 * @param news how many items are younger than a time, this one left out
 */
export function noveltiesPerWeek(
  { once, first }: Pick<Progress, 'once' | 'first'>,
  until: number,
  news: (since: number) => number,
): number {
  const time = until - first;
  if (time <= 0) return Number.POSITIVE_INFINITY;
  return Math.max(ratePerWeek(once, time), ratePerWeek(news(until - time / 2), time / 2));
}

/** A deviation of a kind that is expected more seldom than `perWeek` is medium at least; any other is what its feature says. */
export const severityOf = (
  feature: Severity,
  expected: { readonly perWeek: number; readonly atMost: number },
): Severity => (expected.perWeek <= expected.atMost ? worstSeverity(feature, 'medium') : feature);
