import { z } from 'zod';
import { type Phase, phases } from '../../../shared/baseline-state.ts';
import { cappedRef } from '../../capped.ts';
import type { Seen } from './seen.ts';
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
  /** Record time at which what waits is learned, when no other reading came. */
  flushAt: z.number(),
  /** Time of the last reading, and the phase that it was of. */
  at: z.number(),
  phase: z.enum(phases),
  /** Last reading of each counter, and the chart of each level. */
  counters: z.record(z.string(), z.number()),
  charts: z.record(z.string(), chartSchema),
  /** Oldest first. */
  windows: z.array(windowSchema).readonly(),
});
/** It grows in place: it is read more often than anything else. */
type Growing = z.infer<typeof gaugeSchema>;
export type Gauge = Readonly<Growing>;

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

/** What one reading makes of a gauge. */
export interface Taken {
  readonly counters: Gauge['counters'];
  readonly charts: Gauge['charts'];
  readonly windows: readonly Window[];
}

/** The gauge after a reading. That of another lineage or by another name is another one; any other grows. */
export function afterReading(
  known: Gauge | undefined,
  { observation, lineage, now, at, phase }: Seen,
  { container, counters, charts, windows }: Taken & { readonly container: string },
): Gauge {
  const { host, workload } = observation;
  const flushAt = now + silentMs;
  if (
    known === undefined ||
    known.lineage !== lineage ||
    !isNamed(known.host, host) ||
    !isNamed(known.workload, workload)
  )
    return {
      host: cappedRef(host),
      workload: cappedRef(workload),
      container,
      lineage,
      flushAt,
      at,
      phase,
      counters,
      charts,
      windows,
    };
  const growing: Growing = known;
  growing.flushAt = flushAt;
  growing.at = at;
  growing.phase = phase;
  growing.counters = counters;
  growing.charts = charts;
  growing.windows = windows;
  return growing;
}

type Named = Gauge['host'];

const isNamed = (one: Named, other: Named): boolean => one.id === other.id && one.name === other.name;

/** The window that a reading falls into, which grows in place. */
export function openWindow(windows: readonly Window[], at: number, phase: Phase): Window | undefined {
  const now = windowOf(at);
  for (const one of windows) if (one.window === now && one.phase === phase) return one;
  return undefined;
}

export const newWindow = (at: number, phase: Phase): Window => ({ window: windowOf(at), phase, sketches: {} });

/** One more reading of a level. */
export function take({ sketches }: Window, level: string, value: number): void {
  let sketch = sketches[level];
  if (sketch === undefined) {
    sketch = [...emptySketch];
    sketches[level] = sketch;
  }
  add(sketch, value, once);
}

const once = { grain: fine, weight: 1 } as const;

/** Those that waited ten minutes; with most readings none did. */
export function ripe(windows: readonly Window[], at: number): readonly Window[] {
  const now = windowOf(at);
  let due = noWindows;
  for (const window of windows) if (isRipe(window, now)) due = [...due, window];
  return due;
}

/** Those that still wait. */
export function unripe(windows: readonly Window[], at: number): readonly Window[] {
  const now = windowOf(at);
  return windows.filter((window) => !isRipe(window, now));
}

/** One of a time to come is from a clock that went back. */
const isRipe = ({ window }: Window, now: number): boolean => window < now - 1 || window > now;

export const noWindows: readonly Window[] = [];
