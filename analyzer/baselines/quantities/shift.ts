import type { LevelMemory } from '../../../shared/quantity-state.ts';
import { mostDays } from './drift.ts';
import { daysWatched } from './progress.ts';
import type { LevelQuantity } from './quantity.ts';
import { around, hourOfDay } from './time.ts';

/** Days of an hour of the day that its mean remembers. */
const daysRemembered = 14;
/** Hours that the usual distance remembers. */
const hoursRemembered = 48;
/** Days that must have been watched: a week has all its days. */
const fewestDays = 7;
const allowance = 1;
const mostPerHour = 3;
const threshold = 6;
/** Less above what is usual is never told. */
const least = Math.log(1.5);
const leastDeviation = 0.1;
/** Standard deviation of a normal distribution by its mean absolute deviation: √(π/2). */
const deviations = Math.sqrt(Math.PI / 2);

/** Means of hours are steadier than readings, so less of them is noise. */
export const hourFloor = (floor: number): number => floor / 8;

export interface HourRead {
  readonly hour: number;
  /** Mean of some readings in it, and how many. */
  readonly mean: number;
  readonly weight: number;
}

/**
 * Counts readings into their hour. When the hour is over, its mean joins the chart, and then the usual mean of that hour of the day and the
 * usual distance from it, both as exponentially weighted averages with a season of a day (P. R. Winters, "Forecasting sales by exponentially
 * weighted moving averages", Management Science 6, 1960, 324–342).
 */
export function withHourRead(memory: LevelMemory, read: HourRead, quantity: LevelQuantity): LevelMemory {
  const open = memory.hour;
  const isOld = open !== undefined && read.hour < open.hour && read.hour > open.hour - 24;
  // Another container was later: too late for the mean of that hour.
  if (isOld) return memory;
  const more = { hour: read.hour, sum: read.mean * read.weight, weight: read.weight };
  if (open === undefined) return { ...memory, hour: more };
  if (open.hour === read.hour)
    return {
      ...memory,
      hour: { hour: open.hour, sum: rounded(open.sum + more.sum), weight: open.weight + more.weight },
    };
  return { ...withHourOver(memory, open, quantity), hour: more };
}

function withHourOver(
  memory: LevelMemory,
  { hour, sum, weight }: NonNullable<LevelMemory['hour']>,
  { floor }: LevelQuantity,
): LevelMemory {
  const level = Math.log(Math.max(0, sum / Math.max(weight, 1e-9)) + hourFloor(floor));
  const at = hourOfDay(hour);
  const [days, mean] = memory.means[at] ?? [0, 0];
  const after = Math.min(days + 1, daysRemembered);
  const distance = days === 0 ? memory.spread : Math.abs(level - mean);
  return {
    ...withDayRead(withShift(memory, { hour, level }), hour, level),
    means: memory.means.map((one, other): readonly [number, number] =>
      other === at ? [after, rounded(days === 0 ? level : mean + (level - mean) / after)] : one,
    ),
    spread: rounded(memory.spread + (distance - memory.spread) / hoursRemembered),
  };
}

/**
 * The slow chart: a rise that hides among single readings shows in the means of hours. One-sided cumulative sum of how many usual distances σ
 * an hour's mean lies above the most usual of that hour of the day and the two beside it:
 *
 *   S ← max(0, S + clip((ln x̄ − m) / σ, −3, 3) − 1),   told at S ≥ 6 when x̄ was on average 1.5 times as much
 *
 * so never before the third hour.
 */
function withShift(memory: LevelMemory, { hour, level }: { hour: number; level: number }): LevelMemory {
  const usual = usualMean(memory, hour);
  if (usual === undefined) return memory;
  const excess = level - usual;
  const score = excess / Math.max(leastDeviation, memory.spread * deviations);
  const { shift, ...rest } = memory;
  const sum = Math.max(0, (shift?.sum ?? 0) + Math.max(-mostPerHour, Math.min(mostPerHour, score)) - allowance);
  if (sum === 0) return rest;
  const from = shift ?? { since: hour * 3_600_000, hours: 0, excess: 0 };
  return {
    ...rest,
    shift: {
      sum: rounded(sum),
      since: from.since,
      hours: from.hours + 1,
      excess: rounded(from.excess + excess),
    },
  };
}

/** The most usual mean of that hour of the day and the two beside it, floor added, as a logarithm; undefined while none is known. */
export function usualMean({ means }: LevelMemory, hour: number): number | undefined {
  const known = around(hour).flatMap((near) => {
    const [days, mean] = means[near] ?? [0, 0];
    return days > 0 ? [mean] : [];
  });
  return known.length === 0 ? undefined : Math.max(...known);
}

export function isShift({ shift, progress: { steady } }: LevelMemory): boolean {
  if (shift === undefined || steady?.state !== 'steady' || daysWatched(steady) < fewestDays) return false;
  return shift.sum >= threshold && shift.excess / shift.hours >= least;
}

/** How many times as much as usual it was since the chart began to rise. */
export const timesUsual = ({ shift }: LevelMemory): number =>
  shift === undefined ? 1 : Math.exp(shift.excess / shift.hours);

function withDayRead(memory: LevelMemory, hour: number, level: number): LevelMemory {
  const day = Math.floor(hour / 24);
  const open = memory.day;
  if (open === undefined || open.day === day)
    return { ...memory, day: { day, sum: rounded((open?.sum ?? 0) + level), hours: (open?.hours ?? 0) + 1 } };
  const days = [...memory.days, rounded(open.sum / open.hours)].slice(-mostDays);
  return { ...memory, days, day: { day, sum: rounded(level), hours: 1 } };
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
