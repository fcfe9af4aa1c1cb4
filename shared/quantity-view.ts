import { amountText, driftText, levelText } from './amount.ts';
import type { Phase, Requirement } from './baseline-state.ts';
import {
  needsOfHours,
  type PatternValue,
  type QuantityMemory,
  type QuantityProgress,
  sweptRates,
  type Unit,
} from './quantity-state.ts';
import { isUnstable } from './unstable.ts';

/** What is special of a baseline that is a number. Times: ms since the epoch. */
export interface QuantityView {
  readonly kind: QuantityMemory['kind'];
  readonly unit: Unit;
  /** What it usually is, for people. */
  readonly text: string;
  /** Quantiles of what was learned; absent while nothing is. */
  readonly learned?: NonNullable<QuantityMemory['learned']>;
  /** What was told last and is not learned unless it is approved; `ended`: it has gone back. */
  readonly told?: { readonly at: number; readonly text: string; readonly ended?: number };
}

/** A quantity's memory in the terms of baselines. @param startsApart whether what is read right after a start is learned apart */
export function quantityView(memory: QuantityMemory, startsApart: boolean) {
  const { host, workload, quantity, seen, learned, told, unit, kind } = memory;
  const hasStarts = startsApart && memory.kind === 'level';
  const startup = phaseView('startup', memory, hasStarts);
  const steady = phaseView('steady', memory, hasStarts);
  const isLearning = steady.state !== 'steady';
  const learning = steady.state === 'unstable' ? ('unstable' as const) : ('learning' as const);
  const isPartial = hasStarts && startup.state !== 'steady';
  const view: QuantityView = {
    kind,
    unit,
    text: usualText(memory),
    ...(learned && { learned }),
    ...(told && {
      told: {
        at: told.at,
        text: amountText(told.level, unit),
        ...(told.ended === undefined ? {} : { ended: told.ended }),
      },
    }),
  };
  return {
    host,
    workload,
    feature: quantity,
    state: isLearning ? learning : isPartial ? ('partial' as const) : ('steady' as const),
    mode: memory.mode ?? ('learn' as const),
    missing: [...steady.missing, ...(isPartial && !isLearning ? startup.missing : [])],
    phases: { startup, steady },
    seen,
    items: memory.kind === 'pattern' ? valuesOf(memory) : toldItems(memory),
    quantity: view,
  };
}

function usualText(memory: QuantityMemory): string {
  if (memory.kind === 'pattern') return `${memory.known.length} known`;
  const { learned, unit } = memory;
  if (memory.kind === 'rate' && memory.quiet !== undefined)
    return `none in nearly all of ${memory.quiet} hours, never above ${amountText(learned?.max ?? 0, unit)}`;
  if (learned === undefined) return 'nothing learned yet';
  const [half, most, max] = [learned.p50, learned.p99, learned.max].map((value) => amountText(value, unit));
  return `half at most ${half}, 99 % at most ${most}, never above ${max}`;
}

function phaseView(phase: Phase, memory: QuantityMemory, hasStarts: boolean) {
  const progress = memory.progress[phase];
  if (progress === undefined)
    return {
      phase,
      state: 'unseen' as const,
      sightings: 0,
      newProbability: 1,
      missing: [unseenText(phase, hasStarts)],
    };
  const { state, since, sightings, newProbability } = progress;
  const missing = state === 'steady' ? [] : missingOf(memory, progress);
  // Numbers are learned by time; only values may keep being new.
  const keepsBeingNew = state === 'learning' && memory.kind === 'pattern' && isUnstable(progress, needsOf(memory));
  return { phase, state: keepsBeingNew ? ('unstable' as const) : state, since, sightings, newProbability, missing };
}

function unseenText(phase: Phase, hasStarts: boolean): string {
  if (phase === 'steady')
    return (
      'nothing of it was learned yet: what is seen waits ten minutes, a rate for the end of its hour; ' +
      'while a container is in trouble nothing is learned'
    );
  return hasStarts ? 'no reading came right after a start' : 'starts are not told apart';
}

const isOfHours = ({ kind, quantity }: QuantityMemory): boolean => kind === 'pattern' && quantity.endsWith('-hours');

const needsOf = (memory: QuantityMemory): Requirement =>
  isOfHours(memory) ? needsOfHours(memory.needs) : memory.needs;

function missingOf(memory: QuantityMemory, progress: QuantityProgress): readonly string[] {
  const { kind } = memory;
  const needs = needsOf(memory);
  const hours = (progress.last - progress.first) / 3_600_000;
  const missing: string[] = [];
  if (progress.sightings < needs.observations)
    missing.push(
      `${progress.sightings} of at least ${needs.observations} ${kind === 'level' ? 'readings' : 'sightings'}${otherEnd(memory)}`,
    );
  if (hours < needs.hours) missing.push(`watched for ${hours.toFixed(1)} of at least ${needs.hours} hours`);
  if (kind !== 'pattern' && hours < weekHours) {
    const seen = hoursSeen(progress);
    if (seen < 24) missing.push(`${seen} of the 24 hours of the day, or a week`);
  }
  if (kind === 'pattern' && progress.newProbability > needs.newProbability)
    missing.push(
      `the next one is new with up to ${(progress.newProbability * 100).toFixed(1)} % (at most ${(needs.newProbability * 100).toFixed(1)} % wanted)`,
    );
  return missing.length > 0 ? missing : ['ends with the next sighting'];
}

/** What else would end learning where sightings are few. */
function otherEnd(memory: QuantityMemory): string {
  if (isOfHours(memory)) return ', or fewer if they keep to a part of the day';
  if (memory.kind !== 'rate' || sweptRates.has(memory.quantity)) return '';
  return `, or ${Math.max(weekHours, memory.needs.hours)} hours in which the collector was heard`;
}

const weekHours = 168;

const hoursSeen = ({ hoursOfDay }: QuantityProgress): number =>
  Array.from({ length: 24 }, (_, hour) => (hoursOfDay >> hour) & 1).reduce((sum, bit) => sum + bit, 0);

/** What was told and may be approved, as an item: `level` or `drift`. */
function toldItems(memory: Exclude<QuantityMemory, { kind: 'pattern' }>) {
  const { told, unit } = memory;
  const item = { as: 'novel' as const, phases: ['steady' as const], known: [], count: 1 };
  const drift = memory.kind === 'level' ? memory.driftTold : undefined;
  return [
    ...(told === undefined
      ? []
      : [{ ...item, key: 'level', text: levelText(told.level, unit), first: told.at, last: told.lastHigh }]),
    ...(drift === undefined ? [] : [{ ...item, key: 'drift', text: driftText, first: drift, last: drift }]),
  ];
}

const dayMs = 86_400_000;

function valuesOf({ known, novel }: Extract<QuantityMemory, { kind: 'pattern' }>) {
  const item =
    (as: 'learned' | 'novel') =>
    ([text, count, first, last]: PatternValue) => ({
      key: text,
      text,
      as,
      phases: ['steady' as const],
      known: as === 'learned' ? ['steady' as const] : [],
      count,
      first: first * dayMs,
      last: last * dayMs,
    });
  return [...known.map(item('learned')), ...novel.map(item('novel'))].sort(
    (a, b) => b.count - a.count || (a.text < b.text ? -1 : 1),
  );
}
