import { z } from 'zod';
import { type Phase, phases } from '../../../shared/baseline-state.ts';
import { add, emptySketch, fine } from './sketch.ts';
import { hourMs, minuteMs } from './time.ts';

const ref = z.object({ id: z.string(), name: z.string() });

/** What was read of one container lately, and is not learned yet: ten minutes of it, of each level by name. */
const windowSchema = z.object({
  /** Number since the epoch of the ten minutes. */
  window: z.number().int(),
  phase: z.enum(phases),
  /** They grow in place while the ten minutes last. */
  sketches: z.record(z.string(), z.array(z.number()).min(1)),
});
export type Window = Readonly<z.infer<typeof windowSchema>>;

const chartSchema = z.object({
  sum: z.number(),
  since: z.number(),
  minutes: z.number(),
  area: z.number(),
  peak: z.number().optional(),
});

/** State of one container whose levels are read. */
export const gaugeSchema = z.object({
  host: ref,
  workload: ref,
  container: z.string(),
  lineage: z.string(),
  /** Time of the last reading, and the phase that it was of. */
  at: z.number(),
  phase: z.enum(phases),
  /** Last reading of each counter, and the chart of each level. */
  counters: z.record(z.string(), z.number()),
  charts: z.record(z.string(), chartSchema),
  /** Oldest first. */
  windows: z.array(windowSchema).readonly(),
  /** Record time at which what waits is learned, when no other reading came. */
  flushAt: z.number(),
});
export type Gauge = Readonly<z.infer<typeof gaugeSchema>>;

export const windowMs = 10 * minuteMs;
export const windowOf = (at: number): number => Math.floor(at / windowMs);

/** A gauge without a reading for so long is dropped, and what waited is learned. */
export const silentMs = 30 * minuteMs;
/** After so long nobody knows when it was used. */
const longestGapMs = 10 * minuteMs;
/** A reading stands for at most so much time. */
const longestStandMs = 2 * minuteMs;

export interface Passed {
  /** Minutes that a reading stands for: 0 when it is the first. */
  readonly minutes: number;
  /** Seconds since the reading before; undefined when that says nothing. */
  readonly seconds: number | undefined;
}

/** Time since the gauge was read; undefined when this reading is older than that. A clock that went back by an hour has begun anew. */
export function passedSince(gauge: Gauge | undefined, at: number): Passed | undefined {
  if (gauge === undefined || at < gauge.at - hourMs) return { minutes: 0, seconds: undefined };
  const gap = at - gauge.at;
  if (gap <= 0) return undefined;
  if (gap > longestGapMs) return { minutes: 0, seconds: undefined };
  return { minutes: Math.min(gap, longestStandMs) / minuteMs, seconds: gap / 1_000 };
}

/** The windows with one more reading of each of these levels; the window that it falls into grows in place. */
export function withReadings(
  windows: readonly Window[],
  { at, phase, levels }: { readonly at: number; readonly phase: Phase; readonly levels: ReadonlyMap<string, number> },
): readonly Window[] {
  if (levels.size === 0) return windows;
  const number = windowOf(at);
  const found = windows.find((one) => one.window === number && one.phase === phase);
  const filled = found ?? { window: number, phase, sketches: {} };
  const { sketches }: Window = filled;
  for (const [level, value] of levels) {
    sketches[level] ??= [...emptySketch];
    add(sketches[level], value, { grain: fine, weight: 1 });
  }
  return found === undefined ? [...windows, filled] : windows;
}

/** Those that waited ten minutes, and those that still do. */
export function ripe(
  windows: readonly Window[],
  at: number,
): readonly [ripe: readonly Window[], waiting: readonly Window[]] {
  const now = windowOf(at);
  // One of a time to come is from a clock that went back.
  const isRipe = ({ window }: Window): boolean => window < now - 1 || window > now;
  if (!windows.some(isRipe)) return [[], windows];
  return [windows.filter(isRipe), windows.filter((window) => !isRipe(window))];
}
