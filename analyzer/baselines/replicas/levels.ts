import type { Replica, Siblings, Slot } from './replica.ts';

/** Levels are compared by their means over so long: what came a minute earlier here than there is the same. */
export const slotMs = 600_000;
/** A mean of fewer readings is none. */
const fewestReadings = 3;
/** Others that must have been read in the slot. */
const fewestOthers = 2;
/** Unlike for so many slots in a row, and it is told. */
export const slotsUnlike = 3;

/** Iglewicz and Hoaglin's limit of the modified z, and their factor that makes MAD comparable to a standard deviation. */
const mostDistance = 3.5;
const normalShare = 0.6745;
/** Siblings that are more alike than that are so by chance: ±11 %. */
const leastSpread = 0.1;

/** What a level must exceed to be unlike, as its charts have it. */
export interface LevelScale {
  readonly tolerance: number;
  readonly floor: number;
}

/** A level of one replica beside its siblings'. */
export interface Distance {
  /** Its own mean, and the median of the others', in the level's unit. */
  readonly own: number;
  readonly usual: number;
  readonly others: number;
  /** Modified z. */
  readonly z: number;
}

/** One more reading of all levels that were read; `over` grows when it begins another slot. */
export function withReading(replica: Replica, at: number, values: Readonly<Record<string, number>>): Replica {
  const slot = Math.floor(at / slotMs);
  const { open } = replica;
  const closes = open !== undefined && open.slot < slot && open.readings >= fewestReadings;
  const over: readonly Slot[] = closes
    ? [
        ...replica.over.slice(-1),
        {
          slot: open.slot,
          means: Object.fromEntries(Object.entries(open.sums).map(([name, sum]) => [name, sum / open.readings])),
        },
      ]
    : replica.over;
  const goesOn = open?.slot === slot;
  const sums = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, (goesOn ? (open.sums[name] ?? 0) : 0) + value]),
  );
  return { ...replica, over, open: { slot, readings: (goesOn ? open.readings : 0) + 1, sums } };
}

/**
 * How far a replica's level in a slot lies from those of the others: the modified z of B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle
 * Outliers", ASQC 1993, of logarithms, the floor added as in the charts:
 *
 *   M = 0.6745 · (x − median) / max(MAD, 0.1),   unlike above 3.5, if it is also more than its tolerance times the median
 *
 * Median and MAD (median absolute deviation) are of the others alone, so that one of three does not hide itself. Undefined when fewer than two
 * others were read.
 */
export function distanceOf(
  replica: Replica,
  siblings: Siblings,
  at: { readonly slot: number; readonly level: string; readonly floor: number },
): Distance | undefined {
  const { slot, level, floor } = at;
  const meanOf = ({ over }: Replica): number | undefined => over.find((one) => one.slot === slot)?.means[level];
  const own = meanOf(replica);
  const others = siblings
    .filter(({ container }) => container !== replica.container)
    .map(meanOf)
    .filter((mean) => mean !== undefined);
  if (own === undefined || others.length < fewestOthers) return undefined;
  const logs = others.map((mean) => Math.log(mean + floor));
  const middle = median(logs);
  const spread = Math.max(leastSpread, median(logs.map((log) => Math.abs(log - middle))));
  const z = (normalShare * (Math.log(own + floor) - middle)) / spread;
  return { own, usual: Math.exp(middle) - floor, others: others.length, z };
}

/** More is unlike; a replica that does less than the others does no harm. */
export const isUnlike = ({ own, usual, z }: Distance, { tolerance, floor }: LevelScale): boolean =>
  z > mostDistance && own + floor > tolerance * (usual + floor);

/** @param values not empty */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
