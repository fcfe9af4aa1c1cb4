export const weekMs = 7 * 24 * 3_600_000;

/** What a workload, or a chart of it, showed longer ago is no evidence any more (record time). */
export const rememberedMs = 4 * weekMs;

/** What was told so lately and nobody decided about may all be of one intrusion: it is no evidence, nor is the time since the first of it. */
export const undecidedMs = 7 * 24 * 3_600_000;

/**
 * How often a week something is expected that came so many times in a time, ms: taken as Poisson with Jeffreys' prior (H. Jeffreys, "An invariant form for
 * the prior probability", Proc. R. Soc. A 186, 1946), whose posterior mean is (n + ½)/T. Infinite while no time has passed.
 */
export const ratePerWeek = (count: number, ms: number): number =>
  ms > 0 ? (count + 0.5) / (ms / weekMs) : Number.POSITIVE_INFINITY;

/** A score or a rate as findings say it. */
export const inThousandths = (value: number): number => Math.round(value * 1_000) / 1_000;
