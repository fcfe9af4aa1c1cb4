import type { Phase } from '../../../shared/baseline-state.ts';
import type { Learned, LevelMemory, QuantityProgress, Sketch } from '../../../shared/quantity-state.ts';
import { withHourJudged } from './enforced.ts';
import { withoutToldPeak, withToldOver } from './excursions.ts';
import { isFrozen } from './frozen.ts';
import { type Window, windowMs } from './gauge.ts';
import type { Growing } from './growing.ts';
import { progressed } from './progress.ts';
import type { LevelQuantity } from './quantity.ts';
import { hourFloor, usualMean, withHourRead } from './shift.ts';
import {
  absorbed,
  added,
  coarse,
  emptySketch,
  faded,
  fine,
  meanOf,
  merged,
  quantile,
  quantileOf,
  quantilesOf,
  weightOf,
} from './sketch.ts';
import { dayOf, fadingOf, hourOf, hourOfDay, withHour } from './time.ts';

/** Of all readings, what was approved has at least this share. */
const approvedShare = 0.05;
/** Fewer readings of three hours of the day say nothing about them. */
const fewest = 20;
/** Times after which a level that was told counts as gone back, ms. */
const calmMs = { jump: 3_600_000, shift: 3 * 3_600_000, rate: 3_600_000 };

/** What is usual is made of. */
type Learnt = Growing<Pick<LevelMemory, 'total' | 'hours' | 'startup'>>;

interface Usual extends Learnt {
  phase: Phase;
  hour: number;
  value: number;
}

/**
 * Of what was learned last, with what it was made of. It is asked for with each reading, and learned anew only every ten minutes. No state, a cache:
 * sketches of a memory are never changed but replaced, so what was made of them is what would be made again. An entry is made anew in place.
 */
const usualOf = new WeakMap<LevelMemory, Usual>();

/** What 99 % of the readings of that phase were below: at that hour of the day and the two beside it, whichever is most. */
export function usual(memory: LevelMemory, phase: Phase, at: number): number {
  const hour = hourOf(at);
  const known = usualOf.get(memory);
  if (known !== undefined && known.hour === hour && known.phase === phase && isOf(known, memory)) return known.value;
  const value = usualNow(memory, phase, hour);
  const { total, hours, startup } = memory;
  if (known === undefined) {
    usualOf.set(memory, { phase, hour, value, total, hours, startup });
    return value;
  }
  known.phase = phase;
  known.hour = hour;
  known.value = value;
  known.total = total;
  known.hours = hours;
  known.startup = startup;
  return value;
}

const isOf = (known: Learnt, { total, hours, startup }: Readonly<Learnt>): boolean =>
  known.hours === hours && known.total === total && known.startup === startup;

function usualNow({ startup, total, hours }: LevelMemory, phase: Phase, hour: number): number {
  if (phase === 'startup') return quantile(startup ?? emptySketch, 0.99, fine) ?? 0;
  let known = 0;
  let most = 0;
  for (let near = hour - 1; near <= hour + 1; near += 1) {
    const sketch = hours[hourOfDay(near)] ?? emptySketch;
    const weight = weightOf(sketch);
    known += weight;
    most = Math.max(most, quantileOf(sketch, 0.99, { grain: coarse, total: weight }) ?? 0);
  }
  return known < fewest ? (quantile(total, 0.99, fine) ?? 0) : most;
}

/** What has to be exceeded: what is usual, or as long as one lasts that was told, what that was. */
export const referenceOf = (memory: LevelMemory, phase: Phase, at: number): number =>
  Math.max(usual(memory, phase, at), memory.told !== undefined && !isOver(memory) ? memory.told.level : 0);

export const isOver = ({ told }: Pick<LevelMemory, 'told'>): boolean => told === undefined || told.ended !== undefined;

/**
 * Learns ten minutes of readings of one container, unless a level that was told lasts: then they are kept apart. What mostly changes grows in place: copies
 * of all that is known of a level, of each container and level every ten minutes, took longer than what is learned.
 */
export function learned(
  before: LevelMemory,
  { window, phase, sketch }: Pick<Window, 'window' | 'phase'> & { readonly sketch: Sketch },
  quantity: LevelQuantity,
): LevelMemory {
  const from = window * windowMs;
  const memory: Growing<LevelMemory> = before.mode === 'enforce' ? before : fadedTo(before, dayOf(from));
  if (!isOver(memory)) return whileTold(memory, { from, phase, sketch }, quantity);
  const read = { hour: hourOf(from), mean: meanOf(sketch, fine), weight: weightOf(sketch) };
  if (isFrozen(memory, phase)) return phase === 'startup' ? memory : withHourJudged(memory, read, quantity);
  const seen = { from, to: from + windowMs, sightings: Math.round(weightOf(sketch)) };
  if (phase === 'startup') {
    memory.startup = merged(memory.startup ?? emptySketch, sketch, fine);
    memory.progress.startup = progressed(memory.progress.startup, seen, memory.needs);
    return memory;
  }
  const steady: QuantityProgress = progressed(memory.progress.steady, seen, { ...memory.needs, everyHour: true });
  const at = hourOfDay(hourOf(from));
  memory.total = merged(memory.total, sketch, fine);
  memory.hours = memory.hours.with(at, absorbed(memory.hours[at] ?? emptySketch, sketch, { to: coarse, of: fine }));
  memory.progress.steady = steady;
  memory.learned = inNumbers(memory.total);
  return withHourRead(memory, read, quantity);
}

/** For people. */
export function inNumbers(total: Sketch): Learned {
  const [p50 = 0, p90 = 0, p99 = 0, max = 0] = quantilesOf(total, shown, fine);
  return { p50: inFewDigits(p50), p90: inFewDigits(p90), p99: inFewDigits(p99), max: inFewDigits(max) };
}

const shown = [0.5, 0.9, 0.99, 1] as const;

/** There are not many: each is what a bin stands for. A cache of a pure function of numbers: it answers the same with and without. */
const fewDigits = new Map<number, number>();

function inFewDigits(value: number): number {
  const known = fewDigits.get(value);
  if (known !== undefined) return known;
  const short = Number(value.toPrecision(3));
  if (fewDigits.size < 4_096) fewDigits.set(value, short);
  return short;
}

function fadedTo(memory: LevelMemory, day: number): LevelMemory {
  const factor = fadingOf(memory.fadedTo, day);
  if (factor === 1) return memory;
  return {
    ...memory,
    fadedTo: day,
    ...(memory.startup && { startup: faded(memory.startup, factor) }),
    total: faded(memory.total, factor),
    hours: memory.hours.map((hour) => faded(hour, factor)),
  };
}

/** It has gone back once nothing for some time lay above the middle (of the logarithms) between what is usual and what was told. */
function whileTold(
  memory: LevelMemory,
  { from, phase, sketch }: { readonly from: number; readonly phase: Phase; readonly sketch: Sketch },
  { floor }: LevelQuantity,
): LevelMemory {
  const { told } = memory;
  if (told === undefined) return memory;
  const to = from + windowMs;
  const mean = told.by === 'shift' ? usualMean(memory, hourOf(from)) : undefined;
  const low = Math.min(mean === undefined ? usual(memory, phase, from) : Math.exp(mean) - hourFloor(floor), told.level);
  const middle = Math.sqrt((low + floor) * (told.level + floor)) - floor;
  const lastHigh = meanOf(sketch, fine) > middle ? Math.max(told.lastHigh, to) : told.lastHigh;
  const isCalm = to - lastHigh >= calmMs[told.by];
  return {
    ...(isCalm ? withToldOver(memory, { ...told, lastHigh }) : memory),
    told: {
      ...told,
      lastHigh,
      sketch: merged(told.sketch ?? emptySketch, sketch, fine),
      hoursOfDay: withHour(told.hoursOfDay, hourOf(from)),
      ...(isCalm ? { ended: to } : {}),
    },
  };
}

/** Somebody says that what was told is normal: at the hours of the day at which it was, it weighs enough to be what is usual. */
export function approvedLevel(memory: LevelMemory): LevelMemory | undefined {
  const { told, shift: _shift, hour: _hour, weekdays: _weekdays, ...rest } = memory;
  if (told === undefined) return undefined;
  const seen = added(told.sketch ?? emptySketch, told.level, { grain: fine });
  const into = (sketch: Sketch, grain: typeof fine): Sketch => {
    const weight = Math.max(1, (approvedShare * weightOf(sketch)) / weightOf(seen));
    return absorbed(sketch, seen, { to: grain, of: fine, weight });
  };
  const total = into(memory.total, fine);
  const wasThen = (hour: number): boolean => (told.hoursOfDay & (1 << hour)) !== 0;
  return {
    ...rest,
    total,
    hours: memory.hours.map((sketch, hour) => (wasThen(hour) ? into(sketch, coarse) : sketch)),
    // What these hours usually have is learned anew, and so is the trend.
    means: memory.means.map((mean, hour) => (wasThen(hour) ? ([0, 0] as const) : mean)),
    days: [],
    ...withoutToldPeak(memory.peaks, told),
    learned: inNumbers(total),
  };
}
