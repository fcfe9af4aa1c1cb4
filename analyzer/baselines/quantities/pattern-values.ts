import type { PatternMemory, PatternValue } from '../../../shared/quantity-state.ts';
import { quarantineMs } from '../quarantine.ts';
import type { Seen } from './seen.ts';
import { dayOf } from './time.ts';

/** Values that are remembered, of each kind; those that do not fit are not learned. */
export const mostValues = 256;
const mostWaiting = 32;

/** A value that is told is not learned. Where too many were, it is not remembered. */
export const told = (memory: PatternMemory, value: string, { at }: Seen): PatternMemory =>
  memory.novel.length >= mostValues ? memory : { ...memory, novel: withValue(memory.novel, value, at) };

/** Whether it was learned. */
export const isKnown = ({ known }: PatternMemory, value: string): boolean => known.some(([text]) => text === value);

/** A value that is not judged by this memory, or fits. */
export const taught = (memory: PatternMemory, value: string, seen: Seen): PatternMemory =>
  memory.progress.steady?.state === 'steady' && isKnown(memory, value)
    ? { ...memory, known: touched(memory.known, value, seen.at) }
    : awaited(memory, value, seen);

/** The same value of the same lineage waits once. */
export function awaited(memory: PatternMemory, value: string, { lineage, at, now, isHeld }: Seen): PatternMemory {
  if (isHeld) return memory;
  const { waiting } = memory;
  const same = waiting.find((one) => one.value === value && one.lineage === lineage);
  if (same !== undefined)
    return { ...memory, waiting: waiting.map((one) => (one === same ? { ...one, count: one.count + 1 } : one)) };
  if (waiting.length >= mostWaiting) return memory;
  return { ...memory, waiting: [...waiting, { value, lineage, count: 1, at, until: now + quarantineMs }] };
}

/** What a lineage showed lately is not learned. */
export const withoutLineage = (memory: PatternMemory, lineage: string): PatternMemory => {
  const waiting = memory.waiting.filter((one) => one.lineage !== lineage);
  return waiting.length === memory.waiting.length ? memory : { ...memory, waiting };
};

/** A value that was seen once more, or so many times. */
export function withValue(
  values: readonly PatternValue[],
  value: string,
  at: number,
  count = 1,
): readonly PatternValue[] {
  const day = dayOf(at);
  if (!values.some(([text]) => text === value)) return [...values, [value, count, day, day]];
  return values.map((one) => {
    const [text, times, first, last] = one;
    return text === value ? [text, times + count, first, Math.max(last, day)] : one;
  });
}

/** Once a day is enough to know that it still comes. */
const touched = (values: readonly PatternValue[], value: string, at: number): readonly PatternValue[] =>
  values.some(([text, , , last]) => text === value && last < dayOf(at)) ? withValue(values, value, at) : values;
