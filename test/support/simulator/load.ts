import { createResourceHistory } from '../../../collector/sensors/resource-history.ts';
import type { ResourceFacts } from '../../../shared/facts/resources.ts';
import type { Chance } from './chance.ts';
import type { Span } from './times.ts';

/** What a container uses at a moment. */
export interface Load {
  /** Per cent of its quota. */
  readonly cpu: number;
  /** Bytes. */
  readonly memory: number;
  readonly pids: number;
  /** Bytes a second. */
  readonly tx: number;
  readonly rx: number;
  readonly read: number;
  readonly write: number;
}

export const mebibyte = 2 ** 20;

/** A factor around 1 that wanders: first-order autoregressive in its logarithm, `deviation` wide, keeping `keeps` of itself from draw to draw. */
export function wandering(chance: Chance, deviation: number, keeps = 0.8): () => number {
  let at = chance.normal() * deviation;
  return () => {
    at = keeps * at + Math.sqrt(1 - keeps ** 2) * deviation * chance.normal();
    return Math.exp(at - deviation ** 2 / 2);
  };
}

export const withMore = (load: Load, more: Partial<Load>): Load => ({
  cpu: load.cpu + (more.cpu ?? 0),
  memory: load.memory + (more.memory ?? 0),
  pids: load.pids + (more.pids ?? 0),
  tx: load.tx + (more.tx ?? 0),
  rx: load.rx + (more.rx ?? 0),
  read: load.read + (more.read ?? 0),
  write: load.write + (more.write ?? 0),
});

/** Turns loads into readings as the sensor tells them: counters since the start of the container, shares of its limits, trends. */
export function createMeter(
  { from }: Span,
  limits: { readonly memoryBytes: number; readonly pids: number },
): (at: number, load: Load) => ResourceFacts {
  const history = createResourceHistory();
  let last = from;
  let [tx, rx, read, written] = [0, 0, 0, 0];
  return (at, load) => {
    const seconds = (at - last) / 1_000;
    last = at;
    tx += load.tx * seconds;
    rx += load.rx * seconds;
    read += load.read * seconds;
    written += load.write * seconds;
    const memory = Math.min(Math.round(load.memory), limits.memoryBytes);
    const pids = Math.min(Math.round(load.pids), limits.pids);
    const facts: ResourceFacts = {
      cpu_pct_of_quota: rounded(Math.min(100, load.cpu)),
      memory_bytes: memory,
      memory_pct: rounded((memory / limits.memoryBytes) * 100),
      pids,
      network_rx_bytes: Math.round(rx),
      network_tx_bytes: Math.round(tx),
      block_read_bytes: Math.round(read),
      block_write_bytes: Math.round(written),
    };
    const packets = { rx: Math.round(rx / 700), tx: Math.round(tx / 700) };
    return { ...facts, ...history.take({ at, facts, pidsLimit: limits.pids, packets }) };
  };
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
