import { amountText, driftText, levelText } from '../../../shared/amount.ts';
import type { FindingRecord } from '../../../shared/finding.ts';
import type { ResourceFacts } from '../../../shared/observation.ts';
import type { LevelMemory } from '../../../shared/quantity-state.ts';
import { advanced, type Chart, isChange, levelOf, scoreOf } from './change.ts';
import { deviationFinding } from './deviation.ts';
import { hasSettled, isDrift, trendOf } from './drift.ts';
import { expectedField, expectedOf, fallen, isSeldom, severityOf, withExcursion } from './excursions.ts';
import { isOver, referenceOf, usual } from './level.ts';
import { allowanceOf, daysWatched } from './progress.ts';
import type { LevelQuantity, Measure } from './quantity.ts';
import { begun, type Seen } from './seen.ts';
import { hourFloor, isShift, timesUsual, usualMean } from './shift.ts';
import { emptySketch } from './sketch.ts';
import { dayOf, hourMs, hourOf, minuteMs, withHour } from './time.ts';

/** What a level's usual distance from its mean is taken for until it is known, in nats. */
const firstSpread = 0.25;

export const newLevel = (quantity: LevelQuantity, seen: Seen): LevelMemory => ({
  ...begun(seen),
  kind: 'level',
  quantity: quantity.name,
  unit: quantity.unit,
  total: emptySketch,
  hours: Array.from({ length: 24 }, () => emptySketch),
  fadedTo: dayOf(seen.at),
  means: Array.from({ length: 24 }, () => [0, 0] as const),
  spread: firstSpread,
  days: [],
});

export interface LevelReading {
  readonly quantity: LevelQuantity;
  /** In the quantity's unit. */
  readonly value: number;
  /** Minutes that it stands for. */
  readonly minutes: number;
  readonly chart: Chart | undefined;
  readonly seen: Seen;
}

/**
 * Whether a reading changes nothing: most do not. What is not above what has to be exceeded cannot raise a chart that is at zero, as its
 * allowance is above zero.
 */
export function isQuiet(
  memory: LevelMemory,
  { value, chart }: { readonly value: number; readonly chart: Chart | undefined },
  { phase, at }: Seen,
): boolean {
  if (memory.progress[phase]?.state !== 'steady') return true;
  return chart === undefined && value <= referenceOf(memory, phase, at);
}

/** One reading on the fast chart. */
export function judgeLevel(
  memory: LevelMemory,
  reading: LevelReading,
): readonly [LevelMemory, Chart | undefined, readonly FindingRecord[]] {
  const { quantity, value, minutes, seen } = reading;
  const progress = memory.progress[seen.phase];
  if (progress?.state !== 'steady') return [memory, undefined, []];
  const reference = referenceOf(memory, seen.phase, seen.at);
  const { floor, tolerance } = quantity;
  const allowance = allowanceOf(tolerance, progress);
  const chart = advanced(reading.chart, { at: seen.at, value, minutes, reference, floor, allowance });
  if (!isChange(chart, seen.at))
    return [chart === undefined ? fallen(memory, reading.chart, seen.at) : memory, chart, []];
  const score = scoreOf(chart, seen.at);
  const expected = expectedOf(memory, { by: 'jump', score }, seen);
  if (!expected.isTold) return [memory, chart, []];
  const level = levelOf(chart);
  const { shift: _shift, ...rest } = withExcursion(memory, {
    by: 'jump',
    score,
    at: seen.at,
    isTold: isSeldom(expected, seen),
  });
  const after: LevelMemory = { ...rest, told: toldNow(memory, { by: 'jump', level }, seen) };
  const length = lengthText(seen.at - chart.since);
  const sentence =
    isOver(memory) || memory.told === undefined
      ? `${quantity.sentence(amountText(level, quantity.unit))} for ${length}; ${usualText(memory, seen)}`
      : `${quantity.sentence(amountText(level, quantity.unit))} for ${length}, more than the ${amountText(memory.told.level, quantity.unit)} that was told before`;
  const fields = {
    ...fieldsOf(quantity, seen),
    'deviation.value': rounded(level),
    'deviation.unit': quantity.unit,
    'deviation.usual': rounded(usual(memory, seen.phase, seen.at)),
    'deviation.minutes': Math.round((seen.at - chart.since) / minuteMs),
    ...expectedField(expected),
  };
  const deviation = {
    rule: quantity.rule,
    severity: severityOf(quantity, expected, seen),
    phase: seen.phase,
    key: 'level',
    item: levelText(level, quantity.unit),
    score: Math.max(0, 1 - (reference + floor) / (level + floor)),
    sentence,
    fields,
  };
  return [after, undefined, [deviationFinding(after, deviation, seen)]];
}

/** What has been learned since may show a rise that no single reading does. */
export function judgeLearned(
  memory: LevelMemory,
  reading: Pick<LevelReading, 'quantity' | 'seen'>,
): readonly [LevelMemory, readonly FindingRecord[]] {
  const [shifted, shifts] = judgeShift(memory, reading);
  const [drifted, drifts] = judgeDrift(shifted, reading);
  return [drifted, shifts.length + drifts.length === 0 ? none : [...shifts, ...drifts]];
}

const none: readonly FindingRecord[] = [];

type LearnedReading = Parameters<typeof judgeLearned>[1];

function judgeShift(
  memory: LevelMemory,
  { quantity, seen }: LearnedReading,
): readonly [LevelMemory, readonly FindingRecord[]] {
  if (!isOver(memory) || !isShift(memory, quantity) || memory.shift === undefined) return [memory, none];
  const score = memory.shift.sum;
  const expected = expectedOf(memory, { by: 'shift', score }, seen);
  if (!expected.isTold) return [memory, []];
  const { shift, ...rest } = withExcursion(memory, {
    by: 'shift',
    score,
    at: seen.at,
    isTold: isSeldom(expected, seen),
  });
  if (shift === undefined) return [memory, []];
  const times = timesUsual(memory);
  const level = Math.max(0, Math.exp(usualMean(memory, hourOf(seen.at)) ?? 0) * times - hourFloor(quantity.floor));
  const after: LevelMemory = { ...rest, told: toldNow(memory, { by: 'shift', level }, seen) };
  const sentence =
    `${quantity.sentence(amountText(level, quantity.unit))}, ${timesText(times)} times its usual mean of these hours, ` +
    `for ${shift.hours} h; ${usualText(memory, seen)}`;
  const fields = {
    ...fieldsOf(quantity, seen),
    'deviation.value': rounded(level),
    'deviation.unit': quantity.unit,
    'deviation.times_usual': rounded(times),
    'deviation.minutes': Math.round((seen.at - shift.since) / minuteMs),
    ...expectedField(expected),
  };
  const deviation = {
    rule: quantity.rule,
    severity: severityOf(quantity, expected, seen),
    key: 'level',
    item: levelText(level, quantity.unit),
    score: 1 - 1 / times,
    sentence,
    fields,
  };
  return [after, [deviationFinding(after, deviation, seen)]];
}

function judgeDrift(
  memory: LevelMemory,
  { quantity, seen }: LearnedReading,
): readonly [LevelMemory, readonly FindingRecord[]] {
  if (memory.driftTold !== undefined) return [hasSettled(memory.days) ? withoutDrift(memory) : memory, none];
  if (memory.progress.steady?.state !== 'steady' || !isDrift(memory.days)) return [memory, none];
  const { growth, z } = trendOf(memory.days);
  const times = Math.exp(growth);
  const after = { ...memory, driftTold: seen.at };
  const first = Math.max(0, Math.exp(memory.days[0] ?? 0) - hourFloor(quantity.floor));
  const last = Math.max(0, Math.exp(memory.days.at(-1) ?? 0) - hourFloor(quantity.floor));
  const sentence =
    `${quantity.sentence(amountText(last, quantity.unit))} on average of a day; ${memory.days.length} days ago it was ` +
    `${amountText(first, quantity.unit)}, and it has risen steadily since`;
  const fields = {
    ...fieldsOf(quantity, seen),
    'deviation.value': rounded(last),
    'deviation.unit': quantity.unit,
    'deviation.times_usual': rounded(times),
    'deviation.days': memory.days.length,
    'deviation.trend_z': rounded(z),
  };
  const deviation = { rule: quantity.drift, key: 'drift', item: driftText, score: 1 - 1 / times, sentence, fields };
  return [after, [deviationFinding(after, deviation, seen)]];
}

function withoutDrift({ driftTold: _over, ...rest }: LevelMemory): LevelMemory {
  return rest;
}

/** A level told while another lasts goes on from what was kept of that. */
function toldNow(
  { told }: LevelMemory,
  { by, level }: { readonly by: 'jump' | 'shift'; readonly level: number },
  { at }: Seen,
): NonNullable<LevelMemory['told']> {
  const before = told !== undefined && told.ended === undefined ? told : undefined;
  return {
    at,
    by,
    level: rounded(level),
    lastHigh: at,
    hoursOfDay: withHour(before?.hoursOfDay ?? 0, hourOf(at)),
    ...(before?.sketch && { sketch: before.sketch }),
  };
}

function usualText(memory: LevelMemory, { phase, at }: Seen): string {
  const progress = memory.progress[phase];
  const days = progress === undefined ? 1 : Math.round(daysWatched(progress));
  const when = phase === 'startup' ? 'right after starts' : 'at this time of day';
  const below = amountText(usual(memory, phase, at), memory.unit);
  return `${when} it was at most ${below} in 99 % of the readings of ${days} ${days === 1 ? 'day' : 'days'}`;
}

const lengthText = (ms: number): string =>
  ms < 2 * hourMs ? `${Math.max(1, Math.round(ms / minuteMs))} min` : `${Math.round(ms / hourMs)} h`;

/** What was read, as the rule names it. */
const fieldsOf = ({ rule }: LevelQuantity, { observation: { resources } }: Seen): Measure['fields'] =>
  Object.fromEntries(
    (rule.reads ?? []).map((field) => [field, resources?.[field.slice(field.indexOf('.') + 1) as keyof ResourceFacts]]),
  );

const timesText = (times: number): string => (times < 9.95 ? times.toFixed(1) : times.toFixed(0));

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000;
