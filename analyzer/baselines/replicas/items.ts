import { type Requirement, type StoredItem, slotsOf } from '../../../shared/baseline-state.ts';
import { fewestReplicas, type Siblings } from './replica.ts';

const hourMs = 3_600_000;
/** One replica alone is believed after so many times the least time of learning. */
const believedAfter = 3;
/** So unlikely it must be that all sightings come from one replica by chance. */
const atMost = 0.001;
const askedAtMost = 1 / 8;

/** Until when an item that one replica alone showed is not learned, unless another one shows it too. */
export const aloneUntil = (first: number, { hours }: Requirement): number | undefined =>
  hours > 0 ? first + believedAfter * hours * hourMs : undefined;

/** Which of two levels is the odd one nobody knows; that an item came from one of two alone, again and again, is no chance either. */
export const fewestForItems = 2;

/**
 * How many siblings did not show what one replica alone shows, although they had as many chances; undefined where that may be chance.
 *
 * Siblings do the same work, so each sighting (one a slot of time, as for coverage) is equally likely to be of any of the k that lived all the
 * while; that all n are of the first one's replica has the probability (1/k)^(n−1), the exact multinomial test of equal shares for that outcome.
 * At 0.001 they deny it: of two replicas after eleven sightings, of three after eight, of eight after five.
 *
 * @param fewest replicas that it takes
 */
export function deniedBy(
  item: StoredItem,
  siblings: () => Siblings,
  fewest: number = fewestReplicas,
): number | undefined {
  const { replicas, chance } = chanceOfOne(item, siblings) ?? { replicas: 0, chance: 1 };
  return replicas >= fewest && chance <= atMost ? replicas - 1 : undefined;
}

/** Whether one of two or more alone showed an item, with a chance of at most one in eight: too little to deny it, enough to ask a person. */
export function isOfOne(item: StoredItem, siblings: () => Siblings): boolean {
  const { replicas, chance } = chanceOfOne(item, siblings) ?? { replicas: 0, chance: 1 };
  return replicas >= fewestForItems && chance <= askedAtMost;
}

/** How likely it is that all sightings came from one of the replicas; undefined where somebody decided, or another one showed it. */
function chanceOfOne(item: StoredItem, siblings: () => Siblings) {
  const isDecided = item.shared === true || item.told !== undefined || item.approved !== undefined;
  if (isDecided || item.fold !== undefined) return undefined;
  const sightings = [item.startup, item.steady].filter((sighting) => sighting !== undefined);
  const first = Math.min(...sightings.map((sighting) => sighting.first));
  const slots = sightings.reduce((sum, sighting) => sum + slotsOf(sighting), 0);
  // Twice is chance however many there are.
  if (slots <= 2) return undefined;
  const replicas = siblings().filter(({ since }) => since <= first).length;
  return { replicas, chance: replicas ** (1 - slots) };
}
