import type { FindingRecord, Severity } from '../../../shared/finding.ts';
import {
  needsOfHours,
  type PatternMemory,
  type PatternValue,
  type QuantityProgress,
} from '../../../shared/quantity-state.ts';
import { inThousandths } from '../rate.ts';
import { severityOf } from '../surprise.ts';
import { deviationFinding } from './deviation.ts';
import { chanceOfKeeping, chanceOfUnusual, type Unusual, unusualHour } from './hours.ts';
import { awaited, isKnown, mostValues, taught, told, withValue } from './pattern-values.ts';
import { progressed, type Watched } from './progress.ts';
import type { Measure, PatternQuantity } from './quantity.ts';
import { begun, type Seen } from './seen.ts';
import { dayMs } from './time.ts';

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
  measure: Measure,
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [PatternMemory, readonly FindingRecord[]] {
  const { text: value, fields } = measure;
  if (value === undefined) return [before, []];
  const memory = upToNow(before, quantity, seen);
  const isNovel = memory.novel.some(([novel]) => novel === value);
  if (isNovel) return [{ ...memory, novel: withValue(memory.novel, value, seen.at) }, []];
  if (memory.progress.steady?.state !== 'steady') return [awaited(memory, value, seen), []];
  if (isKnown(memory, value)) return [taught(memory, value, seen), []];
  if (memory.novel.length >= mostValues) return [memory, []];
  if (quantity.isTime) return judgedHour(memory, { ...measure, text: value }, { quantity, seen });
  const score = 1 - memory.progress.steady.newProbability;
  const deviation = { rule: quantity.rule, key: value, item: value, score, sentence: quantity.sentence(value), fields };
  return [told(memory, value, seen), [deviationFinding(memory, deviation, seen)]];
}

/** An hour that nothing known is near to; any other goes on being learned. */
function judgedHour(
  memory: PatternMemory,
  measure: Measure & { readonly text: string },
  { quantity, seen }: { readonly quantity: PatternQuantity; readonly seen: Seen },
): readonly [PatternMemory, readonly FindingRecord[]] {
  const unusual = unusualNow(memory, measure.text, seen);
  if (unusual === undefined) return [awaited(memory, measure.text, seen), []];
  const sentence = quantity.sentence(measure.text);
  return [told(memory, measure.text, seen), [hourFinding(memory, measure, { quantity, seen, unusual, sentence })]];
}

/** Whether an hour is unusual by what a memory knows, were learning over. */
export const unusualNow = (memory: PatternMemory, value: string, { at, needs }: Seen): Unusual | undefined =>
  unusualHour(memory, value, { atMost: needsOfHours(needs).newProbability, now: at });

/** An hour of the memory's workload, as told. */
export function hourFinding(
  memory: PatternMemory,
  { text: value, fields }: Measure & { readonly text: string },
  of: {
    readonly quantity: PatternQuantity;
    readonly seen: Seen;
    readonly unusual: Unusual;
    readonly sentence: string;
    /** Default: by how often such hours are expected. */
    readonly severity?: Severity;
  },
): FindingRecord {
  const { rule } = of.quantity;
  const { chance, perWeek } = of.unusual;
  const deviation = {
    rule,
    severity: of.severity ?? severityOf(rule.severity, { perWeek, atMost: of.seen.mediumPerWeek }),
    key: value,
    item: value,
    score: 1 - chance,
    sentence: of.sentence,
    fields: { ...fields, 'deviation.expected_per_week': inThousandths(perWeek) },
  };
  return deviationFinding(memory, deviation, of.seen);
}

/** The memory with what it learned until now. */
export const upToNow = (memory: PatternMemory, quantity: PatternQuantity, seen: Seen): PatternMemory =>
  watched(settled(memory, quantity, seen), quantity, seen);

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

/** Somebody says that a value is normal. */
export function approvedPattern(memory: PatternMemory, value: string): PatternMemory | undefined {
  const approved = memory.novel.find(([text]) => text === value);
  if (approved === undefined) return undefined;
  const [text, count, first, last] = approved;
  const before = memory.known.find((one) => one[0] === text);
  const known: PatternValue =
    before === undefined ? approved : [text, before[1] + count, Math.min(before[2], first), Math.max(before[3], last)];
  return {
    ...memory,
    novel: memory.novel.filter((one) => one !== approved),
    known: [...memory.known.filter((one) => one !== before), known],
  };
}

/** Somebody says that a value is not normal any more. */
export const forgottenPattern = (memory: PatternMemory, value: string): PatternMemory => ({
  ...memory,
  known: memory.known.filter(([text]) => text !== value),
  novel: memory.novel.filter(([text]) => text !== value),
});
