import type { LevelMemory } from '../../../shared/quantity-state.ts';
import { withPeak } from './calibration.ts';
import { mostDays } from './drift.ts';
import type { Growing } from './growing.ts';
import { daysWatched } from './progress.ts';
import type { LevelQuantity } from './quantity.ts';
import { hourOfDay } from './time.ts';

/** Days of an hour of the day that its mean remembers. */
const daysRemembered = 14;
/** Weeks that the level of a day of the week remembers; hours of a day that must have been read for it. */
const weeksRemembered = 4;
const fewestHours = 20;
/** Hours that the usual distance remembers. */
const hoursRemembered = 48;
/** Days that must have been watched: a week has all its days. */
const fewestDays = 7;
const allowance = 1;
const mostPerHour = 3;
/** Scores above that are not told apart. */
export const mostShift = 36;
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
 * Counts readings into their hour, which grows in place. When the hour is over, its mean joins the chart, and then the usual mean of that hour of the day, of that
 * day of the week, and the usual distance from them, all as exponentially weighted averages (P. R. Winters, "Forecasting sales by exponentially
 * weighted moving averages", Management Science 6, 1960, 324–342). One hour moves the distance by no more than three of it, or a crowd would hide
 * what comes after it.
 */
export function withHourRead(memory: LevelMemory, read: HourRead, quantity: LevelQuantity): LevelMemory {
  const open = memory.hour;
  const isOld = open !== undefined && read.hour < open.hour && read.hour > open.hour - 24;
  // Another container was later: too late for the mean of that hour.
  if (isOld) return memory;
  const more = { hour: read.hour, sum: read.mean * read.weight, weight: read.weight };
  if (open === undefined) {
    const growing: Growing<LevelMemory> = memory;
    growing.hour = more;
    return memory;
  }
  if (open.hour !== read.hour) return { ...withHourOver(memory, open, quantity), hour: more };
  open.sum = rounded(open.sum + more.sum);
  open.weight += more.weight;
  return memory;
}

function withHourOver(
  memory: LevelMemory,
  { hour, sum, weight }: NonNullable<LevelMemory['hour']>,
  { floor, shiftAt }: LevelQuantity,
): LevelMemory {
  const level = Math.log(Math.max(0, sum / Math.max(weight, 1e-9)) + hourFloor(floor));
  const at = hourOfDay(hour);
  const [days, mean] = memory.means[at] ?? [0, 0];
  const after = Math.min(days + 1, daysRemembered);
  const usual = usualMean(memory, hour);
  const distance = Math.min(Math.abs(level - (usual ?? level)), mostPerHour * deviationOf(memory));
  const apart = days === 0 ? 0 : level - weekdayOf(memory, hour) - mean;
  return {
    ...withDayRead(withShift(memory, { hour, level, shiftAt }), hour, level),
    means: memory.means.map((one, other): readonly [number, number] =>
      other === at ? [after, rounded(days === 0 ? level : mean + apart / after)] : one,
    ),
    spread: usual === undefined ? memory.spread : rounded(memory.spread + (distance - memory.spread) / hoursRemembered),
  };
}

/**
 * The slow chart: a rise that hides among single readings shows in the means of hours. One-sided cumulative sum of how many usual distances σ
 * an hour's mean lies above what is usual at that hour on that day of the week:
 *
 *   S ← max(0, S + clip((ln x̄ − m) / σ, −3, 3) − 1),   told at S ≥ 9, of what is sent at 7, when x̄ was on average so many times as much as the quantity says
 *
 * so never before the fifth hour, or the fourth: what comes an hour early or late is none, nor are visitors in crowds for two.
 */
function withShift(
  memory: LevelMemory,
  { hour, level, shiftAt }: { readonly hour: number; readonly level: number; readonly shiftAt: number },
): LevelMemory {
  const usual = usualMean(memory, hour);
  if (usual === undefined) return memory;
  const excess = level - usual;
  const score = excess / deviationOf(memory);
  const { shift, ...rest } = memory;
  const sum = Math.max(0, (shift?.sum ?? 0) + Math.max(-mostPerHour, Math.min(mostPerHour, score)) - allowance);
  if (sum === 0) return shift === undefined ? rest : withShiftOver(rest, shift, shiftAt);
  const from = shift ?? { since: hour * 3_600_000, hours: 0, excess: 0, peak: 0 };
  return {
    ...rest,
    shift: {
      sum: rounded(sum),
      since: from.since,
      hours: from.hours + 1,
      excess: rounded(from.excess + excess),
      peak: rounded(Math.max(from.peak ?? 0, sum)),
    },
  };
}

/** It was no shift, or none that was told: that this workload does so is remembered. */
function withShiftOver(
  memory: LevelMemory,
  { peak = 0, since }: NonNullable<LevelMemory['shift']>,
  shiftAt: number,
): LevelMemory {
  if (peak < shiftAt) return memory;
  const shift = withPeak(memory.peaks?.shift ?? [], { score: peak, most: mostShift, at: since });
  return { ...memory, peaks: { ...memory.peaks, shift } };
}

/** Standard deviation of the mean of an hour. */
const deviationOf = ({ spread }: LevelMemory): number => Math.max(leastDeviation, spread * deviations);

/**
 * The usual mean of that hour on that day of the week, floor added, as a logarithm; undefined while none is known. The hours of a day have one shape,
 * and each day of the week a level of its own (a two-way layout, as of J. W. Tukey, "Exploratory Data Analysis", 1977, chapter 10; for two
 * seasons J. W. Taylor, "Short-term electricity demand forecasting using double seasonal exponential smoothing", JORS 54, 2003, 799–805): 31
 * numbers for 168 hours, and known after a week.
 */
export function usualMean(memory: LevelMemory, hour: number): number | undefined {
  const [days, mean] = memory.means[hourOfDay(hour)] ?? [0, 0];
  return days > 0 ? mean + weekdayOf(memory, hour) : undefined;
}

/** How far that day of the week is usually above the others; 0 while it is not known. */
function weekdayOf({ means, weekdays }: LevelMemory, hour: number): number {
  const [days, level] = weekdays?.[dayOfWeek(Math.floor(hour / 24))] ?? [0, 0];
  if (days === 0 || means.some(([known]) => known === 0)) return 0;
  return level - means.reduce((sum, [, mean]) => sum + mean, 0) / means.length;
}

const dayOfWeek = (day: number): number => ((day % 7) + 7) % 7;

export function isShift({ shift, progress: { steady } }: LevelMemory, { leastShift, shiftAt }: LevelQuantity): boolean {
  if (shift === undefined || steady?.state !== 'steady' || daysWatched(steady) < fewestDays) return false;
  return shift.sum >= shiftAt && shift.excess / shift.hours >= Math.log(leastShift);
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
  return { ...withWeekday(memory, open), days, day: { day, sum: rounded(level), hours: 1 } };
}

/** A day of which nearly all was read. */
function withWeekday(memory: LevelMemory, { day, sum, hours }: NonNullable<LevelMemory['day']>): LevelMemory {
  if (hours < fewestHours) return memory;
  const known = memory.weekdays ?? Array.from({ length: 7 }, () => [0, 0] as const);
  const [weeks, level] = known[dayOfWeek(day)] ?? [0, 0];
  const after = Math.min(weeks + 1, weeksRemembered);
  const mean = weeks === 0 ? sum / hours : level + (sum / hours - level) / after;
  return { ...memory, weekdays: known.with(dayOfWeek(day), [after, rounded(mean)]) };
}

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
