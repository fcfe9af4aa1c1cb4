import { levelText } from '../../../shared/amount.ts';
import type { Requirement } from '../../../shared/baseline-state.ts';
import type { FindingRecord } from '../../../shared/finding.ts';
import type { CountedHour, QuantityProgress, RateMemory } from '../../../shared/quantity-state.ts';
import { newProbability } from '../coverage.ts';
import { deviationFinding } from './deviation.ts';
import { isFrozen } from './frozen.ts';
import type { Growing } from './growing.ts';
import { inNumbers, isOver } from './level.ts';
import { daysWatched, progressed, type Watched } from './progress.ts';
import type { Measure, RateQuantity } from './quantity.ts';
import { begun, type Seen } from './seen.ts';
import { absorbed, added, coarse, emptySketch, faded, fine, quantile } from './sketch.ts';
import { allHours, around, dayMs, dayOf, fadingOf, hourMs, hourOf, hourOfDay, minuteMs, withHour } from './time.ts';

/** An hour is learned so long after its end: trouble that comes then taints it yet. */
const waitMs = 10 * minuteMs;
/** Before so many days what is usual at an hour of the day is not known, only what was most of all. */
const seasonalDays = 7;
/** Of a normal deviate: one-sided p < 10⁻⁶. */
const extreme = 4.75;

export const newRate = (quantity: RateQuantity, seen: Seen): RateMemory => ({
  ...begun(seen),
  kind: 'rate',
  quantity: quantity.name,
  unit: 'per hour',
  ...nothingCounted(seen.at),
});

/** In how many hours before one somebody was there to hear of it, and nothing was forgotten since. */
export type WatchedHours = (hour: number) => number;

/** Counts into the hour, which grows in place as it is counted into with each connection, and judges the hour so far. */
export function countRate(
  before: RateMemory,
  measure: Measure,
  {
    quantity,
    seen,
    watched,
  }: { readonly quantity: RateQuantity; readonly seen: Seen; readonly watched?: WatchedHours | undefined },
): readonly [RateMemory, readonly FindingRecord[]] {
  const hour = hourOf(seen.at);
  const growing: Growing<RateMemory> = before;
  growing.seen = seen.now;
  growing.needs = seen.needs;
  const counted: Growing<RateMemory> = rolled(growing, hour, seen.at);
  counted.open ??= { hour, count: 0, tainted: false };
  const open: Growing<CountedHour> = counted.open;
  open.count += measure.value;
  open.tainted ||= seen.isHeld;
  const { count } = open;
  if (count < quantity.least) return [counted, none];
  const bound = boundOf(counted, quantity, open.hour) ?? boundOfQuiet(counted, quantity, watched?.(open.hour) ?? 0);
  if (bound === undefined || count < bound.most || !isOver(counted)) return [counted, none];
  const told = {
    at: seen.at,
    by: 'rate',
    level: count,
    lastHigh: seen.at,
    hoursOfDay: withHour(0, open.hour),
  } as const;
  const after: RateMemory = { ...counted, open: { ...open, tainted: true }, told };
  const minutes = Math.max(1, Math.round((seen.at - open.hour * hourMs) / minuteMs));
  const deviation = {
    rule: quantity.rule,
    key: 'level',
    item: levelText(count, 'per hour'),
    score: 1 - bound.usual / count,
    sentence: `${quantity.sentence(count)} in ${minutes} min; ${bound.text}`,
    fields: {
      ...measure.fields,
      'deviation.value': count,
      'deviation.usual': bound.usual,
      'deviation.minutes': minutes,
    },
  };
  return [after, [deviationFinding(after, deviation, seen)]];
}

const none: readonly FindingRecord[] = [];

/**
 * How many an hour are too many: well above the most that an hour had, and more than chance makes of that. Counts are taken as Poisson, whose
 * square root has nearly the same variance everywhere (F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial data",
 * Biometrika 35, 1948, 246–254): c is too many for a mean U when √(c + 3/8) > √(U + 3/8) + z/2.
 */
function boundOf(memory: RateMemory, quantity: RateQuantity, hour: number): Bound | undefined {
  const { total, hours } = memory;
  const progress = memory.progress.steady;
  if (progress?.state !== 'steady' || memory.quiet !== undefined) return undefined;
  const known = boundsOf.get(memory);
  if (known?.hour === hour && known.total === total && known.hours === hours && known.progress === progress)
    return known.bound;
  const bound = boundNow({ total, hours, progress }, quantity, hour);
  boundsOf.set(memory, { hour, total, hours, progress, bound });
  return bound;
}

/**
 * What hardly ever happens is never learned by its happening: a service that did not end once in weeks. Each hour that it was watched is an observation
 * then, of none mostly, and how likely the next one exceeds all before it has the bound that items have (coverage.ts). Of all hours, as few of them say
 * nothing of the time of day.
 */
function boundOfQuiet(memory: RateMemory, { least }: RateQuantity, watched: number): Bound | undefined {
  const { total, needs, progress, quiet } = memory;
  if (quiet === undefined && (progress.steady?.state === 'steady' || !isQuietEnough(watched, needs))) return undefined;
  const usual = Math.round(quantile(total, 1, fine) ?? 0);
  const days = Math.max(1, Math.round((Math.max(watched, quiet ?? 0) * hourMs) / dayMs));
  return {
    usual,
    most: mostOf(usual, { least, days }),
    text: `the most in any hour of ${days} days was ${usual === 0 ? 'none' : usual}`,
  };
}

/** So many hours say how likely the next one exceeds them all. */
const isQuietEnough = (watched: number, needs: Requirement): boolean =>
  watched * hourMs >= Math.max(seasonalDays * dayMs, needs.hours * hourMs) &&
  newProbability(watched, 0) <= needs.newProbability;

/**
 * Time has come to that hour: what is over is learned, and what hardly ever happened while somebody was there to hear of it has learned by quiet. The
 * same memory where nothing of it has changed.
 *
 * @param watched in how many hours before it
 */
export function rested(before: RateMemory, { hour, watched }: { readonly hour: number; readonly watched: number }) {
  const at = hour * hourMs;
  const memory = rolled(before, hour, at);
  const { needs, progress } = memory;
  if (progress.steady?.state === 'steady' || !isQuietEnough(watched, needs)) return memory;
  const { hoursOfDay: _hours, ...old } = progress.steady ?? noProgress;
  const steady: QuantityProgress = {
    ...old,
    state: 'steady',
    since: at,
    first: Math.min(old.first, at - watched * hourMs),
    last: Math.max(old.last, at),
    newProbability: newProbability(watched, 0),
    hoursOfDay: allHours,
  };
  return { ...memory, progress: { steady }, quiet: watched };
}

const noProgress = { sightings: 0, once: 0, first: Infinity, last: 0, hoursOfDay: 0 };

/** Learning begins anew: what was heard so far is no evidence of what it learns. */
export const forgottenRate = ({ host, workload, seen, needs, kind, quantity, unit }: RateMemory, now: number) => ({
  host,
  workload,
  seen,
  needs,
  progress: {},
  ...({ kind, quantity, unit } as const),
  ...nothingCounted(now),
  since: now,
});

const nothingCounted = (at: number) => ({
  total: emptySketch,
  hours: Array.from({ length: 24 }, () => emptySketch),
  fadedTo: dayOf(at),
});

const mostOf = (usual: number, { least, days }: { readonly least: number; readonly days: number }): number => {
  const chance = (Math.sqrt(usual + 3 / 8) + extreme / 2) ** 2 - 3 / 8;
  return Math.ceil(Math.max(least, chance, usual * 1.5 * 2 ** (1 / days)));
};

interface Bound {
  readonly usual: number;
  readonly most: number;
  readonly text: string;
}

/** What bounds are made of. */
type Counts = Pick<RateMemory, 'total' | 'hours'> & { readonly progress: QuantityProgress };

/** Those that were asked for last, with what they were made of. A cache: parts of a memory are never changed but replaced. */
const boundsOf = new WeakMap<RateMemory, Counts & { readonly hour: number; readonly bound: Bound }>();

function boundNow({ total, hours, progress }: Counts, { least }: RateQuantity, hour: number): Bound {
  const days = daysWatched(progress);
  const most = quantile(total, 1, fine) ?? 0;
  const near = Math.max(0, ...around(hour).map((at) => quantile(hours[at] ?? emptySketch, 1, coarse) ?? 0));
  const usual = Math.round(days < seasonalDays ? most : near);
  const span = `${Math.round(days)} ${Math.round(days) === 1 ? 'day' : 'days'}`;
  const when = days < seasonalDays ? 'in any hour' : 'at this time of day';
  return {
    usual,
    most: mostOf(usual, { least, days }),
    text: usual === 0 ? `it had none at this time of day in ${span}` : `the most ${when} of ${span} was ${usual}`,
  };
}

/** Time has come to that hour: hours that are over are learned in their time. */
function rolled(memory: RateMemory, hour: number, at: number): RateMemory {
  const { open, closed } = memory;
  let after = memory;
  if (open !== undefined && isLater(open, hour)) {
    after = closed === undefined ? after : withHourLearned(after, closed);
    const { open: _open, ...rest } = after;
    after = { ...backFrom(rest, open, hour), closed: open };
  }
  const waiting = after.closed;
  if (waiting === undefined || at < (waiting.hour + 1) * hourMs + waitMs) return after;
  const { closed: _closed, ...rest } = withHourLearned(after, waiting);
  return rest;
}

/** A clock that went back by a day has begun anew. */
const isLater = (open: CountedHour, hour: number): boolean => hour > open.hour || hour < open.hour - 24;

/** What was told has gone back when an hour had less than the middle between what is usual and what was told, or nothing. */
function backFrom(memory: RateMemory, over: CountedHour, hour: number): RateMemory {
  const { told } = memory;
  if (told === undefined || isOver(memory)) return memory;
  const usual = Math.min(told.level, quantile(memory.total, 1, fine) ?? 0);
  const isHigh = over.count > Math.sqrt((usual + 1) * (told.level + 1)) - 1;
  const after = {
    ...told,
    sketch: added(told.sketch ?? emptySketch, over.count, { grain: fine }),
    hoursOfDay: withHour(told.hoursOfDay, over.hour),
  };
  const end = (over.hour + 1) * hourMs;
  if (isHigh && hour === over.hour + 1) return { ...memory, told: { ...after, lastHigh: end } };
  return { ...memory, told: { ...after, ended: end } };
}

function withHourLearned(before: RateMemory, { hour, count, tainted }: CountedHour): RateMemory {
  const from = hour * hourMs;
  if (isFrozen(before, 'steady')) return before;
  const factor = before.mode === 'enforce' ? 1 : fadingOf(before.fadedTo, dayOf(from));
  const isTold = before.told !== undefined && from >= before.told.at - hourMs && from < (before.told.ended ?? Infinity);
  if (tainted || isTold || count === 0) return before;
  const total = added(factor === 1 ? before.total : faded(before.total, factor), count, { grain: fine });
  const hours = before.hours.map((one, at) => {
    const old = factor === 1 ? one : faded(one, factor);
    return at === hourOfDay(hour) ? added(old, count, { grain: coarse }) : old;
  });
  const seen = { from, to: from + hourMs, sightings: count };
  return {
    ...counted(before, seen),
    total,
    hours,
    fadedTo: factor === 1 ? before.fadedTo : dayOf(from),
    learned: inNumbers(total),
  };
}

/** Its progress. What had learned by quiet stays learned, and is judged by its hours of the day once it happens often enough for that. */
function counted(before: RateMemory, seen: Watched): RateMemory {
  const { quiet, ...rest } = before;
  const needs = { ...before.needs, everyHour: true };
  const old = before.progress.steady;
  if (quiet === undefined || old === undefined) return { ...rest, progress: { steady: progressed(old, seen, needs) } };
  const steady = progressed({ ...old, state: 'learning' }, seen, needs);
  if (steady.state === 'steady') return { ...rest, progress: { steady: { ...steady, since: old.since } } };
  return { ...before, progress: { steady: { ...steady, state: 'steady' } } };
}

/** Nothing of the hours that are not learned yet will be. */
export const tainted = (memory: RateMemory): RateMemory => ({
  ...memory,
  ...(memory.open && { open: { ...memory.open, tainted: true } }),
  ...(memory.closed && { closed: { ...memory.closed, tainted: true } }),
});

/** Somebody says that what was told is normal. */
export function approvedRate(memory: RateMemory): RateMemory | undefined {
  const { told, ...rest } = memory;
  if (told === undefined) return undefined;
  const seen = added(told.sketch ?? emptySketch, told.level, { grain: fine });
  return {
    ...rest,
    total: absorbed(memory.total, seen, { to: fine, of: fine }),
    hours: memory.hours.map((hour, at) =>
      (told.hoursOfDay & (1 << at)) === 0 ? hour : absorbed(hour, seen, { to: coarse, of: fine }),
    ),
  };
}
