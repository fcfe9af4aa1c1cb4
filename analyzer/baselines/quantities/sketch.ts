import type { Sketch } from '../../../shared/quantity-state.ts';

/** How fine a sketch is. Sketches of different grains are merged by the finer one's estimates. */
export interface Grain {
  /** Largest relative error α of a quantile, in (0, 1). */
  readonly accuracy: number;
  /** Most bins that are not empty. */
  readonly bins: number;
  /** γ = (1 + α)/(1 − α), and its logarithm. */
  readonly gamma: number;
  readonly logGamma: number;
  /** What the bins from −512 to 1535 stand for, as far as that was asked for; NaN otherwise. */
  readonly known: Float64Array;
}

const lowestKnown = -512;

function grainOf({ accuracy, bins }: Pick<Grain, 'accuracy' | 'bins'>): Grain {
  const gamma = (1 + accuracy) / (1 - accuracy);
  return { accuracy, bins, gamma, logGamma: Math.log(gamma), known: new Float64Array(2_048).fill(Number.NaN) };
}

/** Of all readings of a quantity: 2 %. */
export const fine: Grain = grainOf({ accuracy: 0.02, bins: 64 });
/** Of one hour of the day, of which there are 24. */
export const coarse: Grain = grainOf({ accuracy: 0.1, bins: 10 });

export const emptySketch: Sketch = [0];

/** What is less counts as zero. */
const smallest = 1e-6;
/** Weights are kept in tenths: short as text, and what was forgotten takes no room. */
const tenths = 10;

/**
 * DDSketch (C. Masson, J. E. Rim, H. K. Lee, "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
 * PVLDB 12(12), 2019, 2195–2205). With γ = (1 + α)/(1 − α), a value x > 0 counts in the bin i = ⌈log_γ x⌉, and 2γ^i/(γ + 1) is within α of
 * all values of the bin. When there are more bins than allowed the lowest two become one (algorithm 3 there), so that high quantiles stay
 * exact: the sketch of all values and the merged sketches of their parts are equal. Weights need not be whole: what is old may count less.
 */
export function added(sketch: Sketch, value: number, { grain, weight = 1 }: { grain: Grain; weight?: number }): Sketch {
  const bins = sketch.slice();
  add(bins, value, { grain, weight });
  return bins;
}

/** The sketch of what both have seen. Both are of that grain. */
export function merged(a: Sketch, b: Sketch, grain: Grain): Sketch {
  const bins = a.slice();
  bins[0] = rounded(zerosOf(a) + zerosOf(b));
  // Both are ascending, so one pass over both is enough; most bins of what is new are in what is old.
  let at = 1;
  for (let from = 1; from < b.length; from += 2)
    at = insert(bins, b[from] ?? 0, { weight: b[from + 1] ?? 0, from: at });
  collapse(bins, grain);
  return bins;
}

/** What `from` has seen, by its estimates, into a sketch of another grain. */
export function absorbed(
  into: Sketch,
  from: Sketch,
  { to, of, weight = 1 }: { to: Grain; of: Grain; weight?: number },
): Sketch {
  const bins = into.slice();
  bins[0] = rounded(zerosOf(into) + zerosOf(from) * weight);
  for (let at = 1; at < from.length; at += 2)
    add(bins, estimate(from[at] ?? 0, of), { grain: to, weight: (from[at + 1] ?? 0) * weight });
  return bins;
}

/** The same with every weight multiplied by a factor in (0, 1]: how what is old is forgotten. */
export function faded(sketch: Sketch, factor: number): Sketch {
  const fadedWeight = (weight: number): number => Math.floor(weight * factor * tenths) / tenths;
  const kept = [fadedWeight(zerosOf(sketch))];
  for (let at = 1; at < sketch.length; at += 2) {
    const weight = fadedWeight(sketch[at + 1] ?? 0);
    if (weight > 0) kept.push(sketch[at] ?? 0, weight);
  }
  return kept;
}

/** The value that a share q (0…1) of all is at most, within the grain's accuracy; undefined when nothing was seen. */
export const quantile = (sketch: Sketch, q: number, grain: Grain): number | undefined =>
  quantileOf(sketch, q, { grain, total: weightOf(sketch) });

/** The same of a sketch whose weight is known, where several are asked for. */
export function quantileOf(
  sketch: Sketch,
  q: number,
  { grain, total }: { readonly grain: Grain; readonly total: number },
): number | undefined {
  if (total <= 0) return undefined;
  const rank = rankOf(q, total);
  let seen = zerosOf(sketch);
  if (seen > rank || sketch.length === 1) return 0;
  let at = 1;
  for (; at < sketch.length - 2; at += 2) {
    seen += sketch[at + 1] ?? 0;
    if (seen > rank) break;
  }
  return estimate(sketch[at] ?? 0, grain);
}

/** The same of several shares, ascending, in one pass; none of a sketch that has seen nothing. */
export function quantilesOf(sketch: Sketch, shares: readonly number[], grain: Grain): readonly number[] {
  const total = weightOf(sketch);
  const values: number[] = [];
  if (total <= 0) return values;
  let seen = zerosOf(sketch);
  let at = -1;
  for (const share of shares) {
    const rank = rankOf(share, total);
    while (seen <= rank && at + 2 < sketch.length) {
      at += 2;
      seen += sketch[at + 1] ?? 0;
    }
    values.push(at < 0 ? 0 : estimate(sketch[at] ?? 0, grain));
  }
  return values;
}

/** What is left of a highest value that is half forgotten is still the highest. */
const rankOf = (share: number, total: number): number => (share < 1 ? share * Math.max(0, total - 1) : total);

/** How many values, counted by their weight. */
export function weightOf(sketch: Sketch): number {
  let sum = zerosOf(sketch);
  for (let at = 2; at < sketch.length; at += 2) sum += sketch[at] ?? 0;
  return sum;
}

/** Arithmetic mean within the grain's accuracy; 0 when nothing was seen. */
export function meanOf(sketch: Sketch, grain: Grain): number {
  let total = zerosOf(sketch);
  let sum = 0;
  for (let at = 1; at < sketch.length; at += 2) {
    const weight = sketch[at + 1] ?? 0;
    total += weight;
    sum += estimate(sketch[at] ?? 0, grain) * weight;
  }
  return total > 0 ? sum / total : 0;
}

const zerosOf = (sketch: Sketch): number => sketch[0] ?? 0;

/** A power takes longer than all else here. */
function estimate(index: number, { gamma, known }: Grain): number {
  const at = index - lowestKnown;
  const before = known[at];
  if (before !== undefined && !Number.isNaN(before)) return before;
  const value = (2 * gamma ** index) / (gamma + 1);
  if (before !== undefined) known[at] = value;
  return value;
}

const rounded = (weight: number): number => Math.round(weight * tenths) / tenths;

/** As `added`, in place: for sketches that grow with each reading. */
export function add(bins: number[], value: number, { grain, weight }: { grain: Grain; weight: number }): void {
  if (!(value > smallest)) {
    bins[0] = rounded(zerosOf(bins) + weight);
    return;
  }
  // −0 and 0 are one bin: as text they are the same.
  insert(bins, Math.ceil(Math.log(Math.min(value, Number.MAX_SAFE_INTEGER)) / grain.logGamma) + 0, { weight, from: 1 });
  collapse(bins, grain);
}

/** Adds to a bin that is not before the place `from`; gives its place. */
function insert(bins: number[], index: number, { weight, from }: { weight: number; from: number }): number {
  let at = from;
  while (at < bins.length && (bins[at] ?? 0) < index) at += 2;
  if (at < bins.length && bins[at] === index) {
    bins[at + 1] = rounded((bins[at + 1] ?? 0) + weight);
    return at;
  }
  bins.push(0, 0);
  for (let to = bins.length - 1; to > at + 1; to -= 1) bins[to] = bins[to - 2] ?? 0;
  bins[at] = index;
  bins[at + 1] = rounded(weight);
  return at;
}

function collapse(bins: number[], grain: Grain): void {
  const tooMany = (bins.length - 1) / 2 - grain.bins;
  if (tooMany <= 0) return;
  const first = 1 + tooMany * 2;
  let lowest = 0;
  for (let at = 2; at <= first + 1; at += 2) lowest += bins[at] ?? 0;
  bins[first + 1] = rounded(lowest);
  bins.splice(1, tooMany * 2);
}
