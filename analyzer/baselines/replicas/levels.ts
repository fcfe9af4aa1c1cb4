import type { OpenSlot, Replica, Siblings, Slot } from './replica.ts';

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

/** A value of a level that was read just now. */
export interface LevelRead {
  readonly quantity: { readonly name: string };
  readonly value: number;
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

/**
 * One more reading of all levels that were read; `over` grows when it begins another slot. Sums of the slot that is open grow in place: were they
 * made anew with each reading, that would be most of what replicas cost.
 */
export function withReading(replica: Replica, at: number, read: readonly LevelRead[]): Replica {
  const slot = Math.floor(at / slotMs);
  const { open } = replica;
  if (open?.slot === slot) {
    grow(open, read);
    return replica;
  }
  const closes = open !== undefined && open.slot < slot && open.readings >= fewestReadings;
  const over = closes ? [...replica.over.slice(-1), closed(open)] : replica.over;
  const sums = Object.fromEntries(read.map(({ quantity, value }) => [quantity.name, value]));
  return { ...replica, over, open: { slot, readings: 1, sums } };
}

/** A level that was not read this time begins anew. */
function grow(open: OpenSlot, read: readonly LevelRead[]): void {
  const { sums } = open;
  open.readings += 1;
  for (const { quantity, value } of read) sums[quantity.name] = (sums[quantity.name] ?? 0) + value;
  const names = Object.keys(sums);
  if (names.length === read.length) return;
  const now = new Set(read.map(({ quantity }) => quantity.name));
  open.sums = Object.fromEntries(Object.entries(sums).filter(([name]) => now.has(name)));
}

const closed = ({ slot, readings, sums }: OpenSlot): Slot => ({
  slot,
  means: Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / readings])),
});

type Means = Slot['means'];

/** The means of a slot: a replica's own, and those of the others that were read in it. */
export interface Beside {
  readonly own: Means;
  readonly others: readonly Means[];
}

/** Undefined when the replica was not read in the slot, or fewer than two others were. */
export function besideOthers(replica: Replica, siblings: Siblings, slot: number): Beside | undefined {
  const own = meansIn(replica, slot);
  if (own === undefined) return undefined;
  const others: Means[] = [];
  for (const sibling of siblings) {
    if (sibling.container === replica.container) continue;
    const means = meansIn(sibling, slot);
    if (means !== undefined) others.push(means);
  }
  return others.length < fewestOthers ? undefined : { own, others };
}

const meansIn = ({ over }: Replica, slot: number): Means | undefined => over.find((one) => one.slot === slot)?.means;

/**
 * How far a replica's level in a slot lies from those of the others: the modified z of B. Iglewicz and D. C. Hoaglin, "How to Detect and Handle
 * Outliers", ASQC 1993, of logarithms, the floor added as in the charts:
 *
 *   M = 0.6745 · (x − median) / max(MAD, 0.1),   unlike above 3.5, if it is also more than its tolerance times the median
 *
 * Median and MAD (median absolute deviation) are of the others alone, so that one of three does not hide itself. Undefined when fewer than two
 * others were read.
 */
export function distanceOf(beside: Beside, level: string, floor: number): Distance | undefined {
  const own = beside.own[level];
  if (own === undefined) return undefined;
  const logs: number[] = [];
  for (const means of beside.others) {
    const mean = means[level];
    if (mean !== undefined) logs.push(Math.log(mean + floor));
  }
  if (logs.length < fewestOthers) return undefined;
  const middle = median(logs);
  const spread = Math.max(leastSpread, median(logs.map((log) => Math.abs(log - middle))));
  const z = (normalShare * (Math.log(own + floor) - middle)) / spread;
  return { own, usual: Math.exp(middle) - floor, others: logs.length, z };
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
