import type { Progress, Requirement } from './baseline-state.ts';

/** Learning has had its time when it took so many times what it needs at least. */
const patience = 4;
const hourMs = 3_600_000;

type Seen = Pick<Progress, 'sightings' | 'first' | 'last' | 'newProbability'>;

/**
 * Whether what is learned keeps being new: after four times the sightings and hours that learning takes at least, the next one is still too
 * likely to be. With nothing new it takes at least three sightings over the probability that is wanted (the rule of three).
 */
export function isUnstable({ sightings, first, last, newProbability }: Seen, needs: Requirement): boolean {
  return (
    newProbability > needs.newProbability &&
    sightings >= patience * Math.max(needs.observations, 3 / needs.newProbability) &&
    last - first >= patience * needs.hours * hourMs
  );
}

/** How many more sightings, none of them new, would end it; more, where the next one is new for certain. */
export const sightingsMissing = ({ sightings, newProbability }: Seen, needs: Requirement): number =>
  Math.max(1, Math.ceil((sightings * newProbability) / needs.newProbability) - sightings);
