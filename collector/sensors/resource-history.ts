import type { ResourceFacts, ResourceTrend } from '../../shared/facts/resources.ts';

/** What a container used lately, kept for its trend. */
export interface ResourceHistory {
  /** Takes a reading and says what it is compared with those before. */
  take(reading: Reading): ResourceTrend;
}

export interface Reading {
  /** ms */
  readonly at: number;
  readonly facts: ResourceFacts;
  /** Packets since the container began; absent where the engine counts none. */
  readonly packets?: { readonly rx: number; readonly tx: number };
  /** 0: no limit. */
  readonly pidsLimit: number;
}

const spanMs = 10 * 60_000;
/** A day of spans. */
const mostSpans = 144;
/** Fewer say nothing of what is usual. */
const fewestSpans = 6;
/** Only with `everyMs` far below the default does a span have more. */
const mostReadings = 600;
/** What is less than this is never a multiple of anything. */
const leastBytes = 2 ** 20;

interface Span {
  readonly tx: number;
  readonly rx: number;
  readonly written: number;
}

export function createResourceHistory(): ResourceHistory {
  let readings: Reading[] = [];
  const spans: Span[] = [];
  let usual: Usual | undefined;
  let spanBegan: Reading | undefined;

  /** Counters that went back are those of another life; after a long silence nobody knows when it was used. */
  const continues = (last: Reading | undefined, next: Reading): boolean =>
    last !== undefined &&
    next.at - last.at <= spanMs &&
    (next.facts.network_tx_bytes ?? 0) >= (last.facts.network_tx_bytes ?? 0) &&
    next.facts.block_write_bytes >= last.facts.block_write_bytes;

  return {
    take: (reading) => {
      const last = readings.at(-1);
      if (!continues(last, reading)) {
        readings = [];
        spanBegan = undefined;
      }
      const older = readings.filter(({ at }) => at <= reading.at - spanMs);
      // The window reaches back to the last reading that is at least a span old.
      readings = [...readings.slice(Math.max(0, older.length - 1)), reading].slice(-mostReadings);
      const trend = trendOf(readings, usual);
      spanBegan ??= reading;
      if (reading.at - spanBegan.at >= spanMs) {
        spans.push(spanBetween(spanBegan, reading));
        if (spans.length > mostSpans) spans.shift();
        usual = spans.length >= fewestSpans ? usualOf(spans) : undefined;
        spanBegan = reading;
      }
      return trend;
    },
  };
}

function trendOf(readings: readonly Reading[], usual: Usual | undefined): ResourceTrend {
  const [first, last] = [readings[0], readings.at(-1)];
  if (first === undefined || last === undefined) return {};
  const whole = last.at - first.at >= spanMs;
  const { pids } = last.facts;
  const lowest = Math.max(1, Math.min(...readings.map(({ facts }) => facts.pids)));
  return {
    ...(last.pidsLimit > 0 ? { pids_pct: rounded((pids / last.pidsLimit) * 100) } : {}),
    pids_10m_times: rounded(pids / lowest),
    ...(whole ? cpuTrend(readings.map(({ facts }) => facts.cpu_pct_of_quota)) : {}),
    ...bytesTrend(spanBetween(first, last), usual, last.facts.network_tx_bytes !== undefined),
    ...packetsTrend(readings.at(-2), last),
  };
}

/** Coefficient of variation: standard deviation (of the population) by mean. */
function cpuTrend(values: readonly number[]): ResourceTrend {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return {
    cpu_10m_min: Math.min(...values),
    ...(mean > 0 ? { cpu_10m_variation: rounded(Math.sqrt(variance) / mean) } : {}),
  };
}

/** What a span of the last day is like: it changes once in a span, the readings are many. */
interface Usual {
  readonly tx: number;
  readonly written: number;
  readonly receivesMost: boolean;
}

function usualOf(spans: readonly Span[]): Usual {
  const sum = (of: (span: Span) => number): number => spans.reduce((all, span) => all + of(span), 0);
  return {
    tx: median(spans.map(({ tx }) => tx)),
    written: median(spans.map(({ written }) => written)),
    receivesMost: sum(({ tx }) => tx) <= sum(({ rx }) => rx),
  };
}

function bytesTrend(now: Span, usual: Usual | undefined, counted: boolean): ResourceTrend {
  const times = (value: number, by: number): number => rounded(value / Math.max(leastBytes, by));
  return {
    block_write_10m_bytes: now.written,
    ...(usual === undefined ? {} : { block_write_times_median: times(now.written, usual.written) }),
    ...(counted ? { network_tx_10m_bytes: now.tx } : {}),
    ...(counted && usual !== undefined
      ? {
          network_tx_times_median: times(now.tx, usual.tx),
          network_tx_flipped: now.tx > now.rx && usual.receivesMost,
        }
      : {}),
  };
}

/** Between the last two readings. */
function packetsTrend(before: Reading | undefined, last: Reading): ResourceTrend {
  if (before?.packets === undefined || last.packets === undefined || last.at <= before.at) return {};
  const sent = Math.max(0, last.packets.tx - before.packets.tx);
  const received = Math.max(0, last.packets.rx - before.packets.rx);
  const bytes = (last.facts.network_tx_bytes ?? 0) - (before.facts.network_tx_bytes ?? 0);
  return {
    network_tx_packets_per_s: rounded(sent / ((last.at - before.at) / 1_000)),
    ...(sent > 0 ? { network_tx_packet_bytes: rounded(bytes / sent) } : {}),
    network_tx_per_rx_packet: rounded(sent / Math.max(1, received)),
  };
}

const spanBetween = ({ facts: from }: Reading, { facts: to }: Reading): Span => ({
  tx: (to.network_tx_bytes ?? 0) - (from.network_tx_bytes ?? 0),
  rx: (to.network_rx_bytes ?? 0) - (from.network_rx_bytes ?? 0),
  written: to.block_write_bytes - from.block_write_bytes,
});

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
