import type { FindingRecord } from '../../../shared/finding.ts';
import {
  type LevelMemory,
  needsOfHours,
  type PatternMemory,
  type PatternValue,
} from '../../../shared/quantity-state.ts';
import { deviationFinding } from './deviation.ts';
import { unusualHour } from './hours.ts';
import type { LevelQuantity, Measure, PatternQuantity } from './quantity.ts';
import type { Seen } from './seen.ts';
import { type HourRead, withHourRead } from './shift.ts';
import { dayMs, dayOf } from './time.ts';

/** The chart of hours goes on against what was usual when it was frozen; that itself stays as it is. */
export function withHourJudged(memory: LevelMemory, read: HourRead, quantity: LevelQuantity): LevelMemory {
  const { hour, shift, peaks } = withHourRead(memory, read, quantity);
  const { hour: _open, shift: _chart, ...rest } = memory;
  return { ...rest, ...(hour && { hour }), ...(shift && { shift }), ...(peaks && { peaks }) };
}

/** Values that are remembered as told; what comes when there are so many is not told, or it would be each time. */
const mostNovel = 256;

/** A value of a frozen pattern: it is known, or told once. */
export function seeFrozen(
  before: PatternMemory,
  { text: value, fields }: Measure,
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [PatternMemory, readonly FindingRecord[]] {
  const memory = before.seen < seen.now - dayMs ? { ...before, seen: seen.now } : before;
  const { known, novel } = memory;
  if (value === undefined || known.some(([text]) => text === value)) return [memory, []];
  if (novel.some(([text]) => text === value)) return [{ ...memory, novel: seenAgain(novel, value, seen.at) }, []];
  const score = surpriseOf(memory, value, { quantity, seen });
  if (score === undefined || novel.length >= mostNovel) return [memory, []];
  const day = dayOf(seen.at);
  const after: PatternMemory = { ...memory, novel: [...novel, [value, 1, day, day]] };
  const deviation = { rule: quantity.rule, key: value, item: value, score, sentence: quantity.sentence(value), fields };
  return [after, [deviationFinding(after, deviation, seen)]];
}

/** Undefined where an hour is none that is unusual. */
function surpriseOf(
  memory: PatternMemory,
  value: string,
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): number | undefined {
  if (!quantity.isTime) return 1 - (memory.progress.steady?.newProbability ?? 1);
  const unusual = unusualHour(memory, value, { atMost: needsOfHours(seen.needs).newProbability, now: seen.at });
  return unusual && 1 - unusual.chance;
}

const seenAgain = (novel: readonly PatternValue[], value: string, at: number): readonly PatternValue[] =>
  novel.map((one) => (one[0] === value ? [value, one[1] + 1, one[2], Math.max(one[3], dayOf(at))] : one));
