import type { Happening } from './happenings.ts';
import type { Bucket, Metric } from './telemetry.ts';

/** Seconds. From what a feed takes to what an outage of a receiver takes. */
const bounds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3_600];
/** As of counters; sinks are named by the configuration, so there are few. */
const maxSeries = 50;

export interface Histograms {
  /** What it adds to a distribution, if anything. */
  note(happening: Happening): Noted | undefined;
  read(): readonly Metric[];
}

/** One value of a distribution, as OpenTelemetry takes it. */
export interface Noted {
  readonly name: string;
  readonly help: string;
  readonly unit: string;
  readonly bounds: readonly number[];
  readonly value: number;
  readonly attributes: Readonly<Record<string, string>>;
}

const name = 'moorwatch_delivery_seconds';
const help = 'From what happened to its delivery to a sink.';

interface Series {
  readonly sink: string;
  readonly counts: number[];
  readonly exemplars: (Bucket['exemplar'] | undefined)[];
  sum: number;
}

/** How long incidents take to their receivers: the one distribution that is kept. */
export function createHistograms(): Histograms {
  const series = new Map<string, Series>();
  const seriesOf = (wanted: string): Series => {
    const sink = series.has(wanted) || series.size < maxSeries ? wanted : 'other';
    const known = series.get(sink) ?? {
      sink,
      counts: Array.from({ length: bounds.length + 1 }, () => 0),
      exemplars: [],
      sum: 0,
    };
    series.set(sink, known);
    return known;
  };
  return {
    note(happening) {
      if (happening.name !== 'delivered' || happening.latency === undefined) return undefined;
      const { seconds, at, traceId } = happening.latency;
      // The clocks of hosts differ: what would have arrived before it happened took no time.
      const value = Math.max(0, seconds);
      const found = bounds.findIndex((bound) => value <= bound);
      const place = found < 0 ? bounds.length : found;
      const one = seriesOf(happening.sink);
      one.counts[place] = (one.counts[place] ?? 0) + 1;
      one.sum += value;
      if (traceId !== undefined) one.exemplars[place] = { value, at, traceId };
      return { name, help, unit: 's', bounds, value, attributes: { sink: one.sink } };
    },
    read: () => [...series.values()].map(metricOf),
  };
}

function metricOf({ sink, counts, exemplars, sum }: Series): Metric {
  let total = 0;
  const buckets = counts.map((count, place): Bucket => {
    total += count;
    const [le, exemplar] = [bounds[place], exemplars[place]];
    return { count: total, ...(le !== undefined && { le }), ...(exemplar && { exemplar }) };
  });
  return {
    name,
    help,
    type: 'histogram',
    value: total,
    attributes: { sink },
    histogram: { buckets, sum },
  };
}
