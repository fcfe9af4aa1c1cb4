import type { FindingRecord } from '../../../shared/finding.ts';
import {
  needsOfHours,
  type PatternMemory,
  type PatternValue,
  type QuantityProgress,
} from '../../../shared/quantity-state.ts';
import { quarantineMs } from '../quarantine.ts';
import { severityOf } from '../surprise.ts';
import { deviationFinding } from './deviation.ts';
import { chanceOfKeeping, chanceOfUnusual, unusualHour } from './hours.ts';
import { progressed, type Watched } from './progress.ts';
import type { Measure, PatternQuantity } from './quantity.ts';
import { begun, type Seen } from './seen.ts';
import { dayMs, dayOf } from './time.ts';

/** Values that are remembered, of each kind; those that do not fit are not learned. */
const mostValues = 256;
const mostWaiting = 32;

export const newPattern = (quantity: PatternQuantity, seen: Seen): PatternMemory => ({
  ...begun(seen),
  kind: 'pattern',
  quantity: quantity.name,
  unit: 'times',
  known: [],
  novel: [],
  waiting: [],
});

/** Learns a value while learning goes on, ten minutes after it was seen; judges it afterwards. */
export function seePattern(
  before: PatternMemory,
  { text: value, fields }: Measure,
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [PatternMemory, readonly FindingRecord[]] {
  if (value === undefined) return [before, []];
  const memory = watched(settled(before, quantity, seen), quantity, seen);
  const isNovel = memory.novel.some(([novel]) => novel === value);
  if (isNovel) return [{ ...memory, novel: withValue(memory.novel, value, seen.at) }, []];
  if (memory.progress.steady?.state !== 'steady') return [awaited(memory, value, seen), []];
  const known = memory.known.some(([text]) => text === value);
  if (known) return [{ ...memory, known: touched(memory.known, value, seen.at) }, []];
  if (memory.novel.length >= mostValues) return [memory, []];
  if (quantity.isTime) return judgedHour(memory, { text: value, fields }, { quantity, seen });
  const after = { ...memory, novel: withValue(memory.novel, value, seen.at) };
  const score = 1 - memory.progress.steady.newProbability;
  const deviation = { rule: quantity.rule, key: value, item: value, score, sentence: quantity.sentence(value), fields };
  return [after, [deviationFinding(after, deviation, seen)]];
}

/** An hour that nothing known is near to; any other goes on being learned. */
function judgedHour(
  memory: PatternMemory,
  { text: value, fields }: { readonly text: string; readonly fields: Measure['fields'] },
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [PatternMemory, readonly FindingRecord[]] {
  const atMost = needsOfHours(seen.needs).newProbability;
  const unusual = unusualHour(memory, value, { atMost, now: seen.at });
  if (unusual === undefined) return [awaited(memory, value, seen), []];
  const { chance, perWeek } = unusual;
  const after = { ...memory, novel: withValue(memory.novel, value, seen.at) };
  const deviation = {
    rule: quantity.rule,
    severity: severityOf(quantity.rule.severity, { perWeek, atMost: seen.mediumPerWeek }),
    key: value,
    item: value,
    score: 1 - chance,
    sentence: quantity.sentence(value),
    fields: { ...fields, 'deviation.expected_per_week': Math.round(perWeek * 1_000) / 1_000 },
  };
  return [after, [deviationFinding(after, deviation, seen)]];
}

/** What waited long enough is learned. Nothing is written anew when nothing did. */
function settled(memory: PatternMemory, quantity: PatternQuantity, { now, needs }: Seen): PatternMemory {
  const due = memory.waiting.filter(({ until }) => until <= now);
  const isStale = memory.seen < now - dayMs || memory.needs.observations !== needs.observations;
  let after: PatternMemory = isStale ? { ...memory, seen: now, needs } : memory;
  if (due.length === 0) return after;
  after = { ...after, seen: now, needs, waiting: memory.waiting.filter(({ until }) => until > now) };
  for (const { value, count, at } of due) after = withLearned(after, { value, count, at }, quantity);
  return after;
}

function withLearned(
  memory: PatternMemory,
  { value, count, at }: { readonly value: string; readonly count: number; readonly at: number },
  quantity: PatternQuantity,
): PatternMemory {
  const isKnown = memory.known.some(([text]) => text === value);
  if (!isKnown && memory.known.length >= mostValues) return memory;
  const known = withValue(memory.known, value, at, count);
  const once = known.filter(([, times]) => times === 1).length;
  const seen = { from: at, to: at, sightings: count, once };
  const { needs } = memory;
  const { steady: before } = memory.progress;
  const steady = quantity.isTime
    ? progressedHours(before, seen, { known, needs })
    : progressed(before, seen, { ...needs, rare: true });
  return { ...memory, known, progress: { steady } };
}

/** So unlikely it must be that sightings keep to a part of the day by chance, where few of them shall be enough. */
const atMostByChance = 0.05;

function progressedHours(
  before: QuantityProgress | undefined,
  seen: Watched,
  { known, needs }: Pick<PatternMemory, 'known' | 'needs'>,
): QuantityProgress {
  const wanted = { ...needsOfHours(needs), rare: true };
  const few = chanceOfKeeping(known) <= atMostByChance ? { observations: 0 } : {};
  return progressed(before, { ...seen, chance: chanceOfUnusual(known) }, { ...wanted, ...few });
}

/** Hours in which nothing came were watched too: learning of hours may end with the first sighting after them, before that is judged. */
function watched(memory: PatternMemory, { isTime }: PatternQuantity, { at }: Seen): PatternMemory {
  const { known, needs, progress } = memory;
  const { steady } = progress;
  if (!isTime || steady === undefined || steady.state === 'steady') return memory;
  const after = progressedHours(steady, { from: steady.first, to: at, sightings: 0 }, { known, needs });
  return after.state === 'steady' ? { ...memory, progress: { steady: after } } : memory;
}

/** The same value of the same lineage waits once. */
function awaited(memory: PatternMemory, value: string, { lineage, at, now, isHeld }: Seen): PatternMemory {
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

function withValue(values: readonly PatternValue[], value: string, at: number, count = 1): readonly PatternValue[] {
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

/** Somebody says that a value is normal. */
export function approvedPattern(memory: PatternMemory, value: string): PatternMemory | undefined {
  const told = memory.novel.find(([text]) => text === value);
  if (told === undefined) return undefined;
  return { ...memory, novel: memory.novel.filter((one) => one !== told), known: [...memory.known, told] };
}

/** Somebody says that a value is not normal any more. */
export const forgottenPattern = (memory: PatternMemory, value: string): PatternMemory => ({
  ...memory,
  known: memory.known.filter(([text]) => text !== value),
  novel: memory.novel.filter(([text]) => text !== value),
});
