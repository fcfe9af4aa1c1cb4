import type { Severity } from '../../../shared/finding.ts';
import type { LevelMemory } from '../../../shared/quantity-state.ts';
import { inThousandths } from '../rate.ts';
import { severityOf as severityByRate } from '../surprise.ts';
import { type Calibrated, calibrated, withoutPeakAt, withPeak, withRise } from './calibration.ts';
import { type Chart, mostScore } from './change.ts';
import type { LevelQuantity } from './quantity.ts';
import type { Seen } from './seen.ts';
import { mostShift } from './shift.ts';
import { hourMs, minuteMs } from './time.ts';

type Told = NonNullable<LevelMemory['told']>;

/** The charts of a level that remember how far they rose. */
type By = 'jump' | 'shift';
interface Risen {
  readonly by: By;
  readonly score: number;
}

/** Scores above that are not told apart, and how long a chart takes at least for a score of one, ms. */
const mosts: Readonly<Record<By, number>> = { jump: mostScore, shift: mostShift };
const oneTakesMs: Readonly<Record<By, number>> = { jump: minuteMs, shift: hourMs / 2 };

/** How often charts of the workload are expected to rise as far. Of one that is enforced all is told. */
export const expectedOf = (
  { progress, peaks, mode }: LevelMemory,
  { by, score }: Risen,
  { phase, at, mediumPerWeek }: Seen,
): Calibrated => {
  const first = progress[phase]?.first ?? at;
  const expected = calibrated({ score, most: mosts[by], peaks: peaks?.[by] ?? [], first, now: at }, mediumPerWeek);
  return mode === 'enforce' ? { ...expected, isTold: true } : expected;
};

/** It is remembered that a chart rose so far, and, of what is seldom, that it was told. */
export const withExcursion = (
  memory: LevelMemory,
  { by, score, at, isTold = false }: Risen & { readonly at: number; readonly isTold?: boolean },
): LevelMemory => ({
  ...memory,
  peaks: { ...memory.peaks, [by]: withPeak(memory.peaks?.[by] ?? [], { score, most: mosts[by], at, isTold }) },
});

/** A chart is back at zero: how far it was is remembered, if that was as far as to the threshold. */
export const fallen = (memory: LevelMemory, chart: Chart | undefined, at: number): LevelMemory =>
  chart?.peak === undefined ? memory : withExcursion(memory, { by: 'jump', score: chart.peak, at });

/** What was told has gone back: it went further than when it was told, as far as its chart could rise meanwhile. */
export function withToldOver(memory: LevelMemory, { by, at, lastHigh }: Told): LevelMemory {
  if (by === 'rate') return memory;
  const peaks = withRise(memory.peaks?.[by] ?? [], at, (lastHigh - at) / oneTakesMs[by], mosts[by]);
  return { ...memory, peaks: { ...memory.peaks, [by]: peaks } };
}

/** What is normal from now on was no excursion. */
export const withoutToldPeak = (
  peaks: LevelMemory['peaks'],
  { by, at }: Told,
): { readonly peaks?: LevelMemory['peaks'] } =>
  peaks === undefined || by === 'rate' ? {} : { peaks: { ...peaks, [by]: withoutPeakAt(peaks[by] ?? [], at) } };

/** Whether so much of it is expected only as seldom as a finding of medium may be. */
export const isSeldom = ({ perWeek }: Calibrated, { mediumPerWeek }: Seen): boolean => perWeek <= mediumPerWeek;

/** The rule's, where such a rise is seldom enough in this workload, else low. */
export const severityOf = ({ rule }: LevelQuantity, { perWeek }: Calibrated, { mediumPerWeek }: Seen): Severity =>
  rule.severity === 'medium' ? severityByRate('low', { perWeek, atMost: mediumPerWeek }) : rule.severity;

export const expectedField = ({ perWeek }: Calibrated): Readonly<Record<string, number>> =>
  Number.isFinite(perWeek) ? { 'deviation.expected_per_week': inThousandths(perWeek) } : {};
