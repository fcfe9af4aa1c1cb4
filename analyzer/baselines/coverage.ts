/** z of the one-sided 95 % confidence level. */
const z95 = 1.645;

/**
 * Upper bound (one-sided, 95 %) of the probability that the next sighting is of an item never seen before, in 0…1.
 *
 * Good–Turing: the expected probability of the unseen is N₁/N, with N sightings of which N₁ are of items seen exactly once
 * (I. J. Good, "The population frequencies of species and the estimation of population parameters", Biometrika 40, 1953, 237–264).
 * N₁ is a sum of many rare events, so it is taken as Poisson and its mean bounded from above as Garwood does ("Fiducial limits for the
 * Poisson distribution", Biometrika 28, 1936, 437–442), in Byar's closed form (K. J. Rothman and J. D. Boice, "Epidemiologic analysis
 * with a programmable calculator", NIH 79-1649, 1979):
 *
 *   U = (N₁ + 1) · (1 − 1 / (9 (N₁ + 1)) + z / (3 √(N₁ + 1)))³,   bound = min(1, U / N)
 *
 * With nothing seen only once this is the rule of three (U ≈ 3): a bound of 5 % takes about 60 sightings.
 */
export const newProbability = (sightings: number, once: number): number =>
  sightings <= 0 ? 1 : Math.min(1, upperBound(once) / sightings);

/** How many sightings it takes at least until the bound is that low: with none of something seen only once. */
export const sightingsFor = (probability: number): number => upperBound(0) / probability;

function upperBound(once: number): number {
  const x = once + 1;
  return x * (1 - 1 / (9 * x) + z95 / (3 * Math.sqrt(x))) ** 3;
}
