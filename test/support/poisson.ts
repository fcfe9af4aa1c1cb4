/** P(X ≤ k) of a Poisson variable with that mean, by k. */
function* poissonDistribution(mean: number): Generator<number> {
  // Logarithms, as e^−mean is nothing for large means.
  let log = -mean;
  let sum = 0;
  for (let k = 0; ; k += 1) {
    sum += Math.exp(log);
    yield sum;
    log += Math.log(mean) - Math.log(k + 1);
  }
}

/** The central interval that a count with that mean is in with that confidence: the least and the most. */
export function poissonInterval(mean: number, confidence: number): readonly [least: number, most: number] {
  const outside = (1 - confidence) / 2;
  let least: number | undefined;
  let count = 0;
  for (const below of poissonDistribution(mean)) {
    if (least === undefined && below > outside) least = count;
    if (below >= 1 - outside) return [least ?? count, count];
    count += 1;
  }
  throw new Error('the distribution never ends');
}

/** P(X > k). */
export function poissonAbove(k: number, mean: number): number {
  let count = 0;
  for (const below of poissonDistribution(mean)) {
    if (count === k) return Math.max(0, 1 - below);
    count += 1;
  }
  throw new Error('the distribution never ends');
}
