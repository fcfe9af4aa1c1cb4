import { deriveId } from '../../../shared/hash.ts';
import type { Observation } from '../../../shared/observation.ts';
import { type ContainerLook, host, lifecycle } from './observations.ts';

/** What a container used at one time; counters since its start. */
export interface Use {
  readonly cpu?: number;
  readonly memory?: number;
  readonly pids?: number;
  readonly sent?: number;
  readonly received?: number;
  readonly written?: number;
}

export function reading(id: string, at: number, use: Use, look: ContainerLook = {}): Observation {
  const { workload, container } = lifecycle(id, at, 'start', look);
  return {
    id: deriveId('reading', id, at),
    kind: 'resources',
    at,
    event: { source: 'stats', action: 'reading' },
    host,
    ...(workload && { workload }),
    ...(container && { container }),
    resources: {
      cpu_pct_of_quota: use.cpu ?? 1,
      memory_bytes: use.memory ?? 2 ** 26,
      pids: use.pids ?? 4,
      network_tx_bytes: use.sent ?? 0,
      network_rx_bytes: use.received ?? 0,
      block_read_bytes: 0,
      block_write_bytes: use.written ?? 0,
    },
  };
}

/** A container that goes on from hour to hour. Its randomness is its own: the same seed gives the same readings. */
export function createContainer(
  id: string,
  { from, seed = 1, look = {} }: { from: number; seed?: number; look?: ContainerLook },
) {
  let at = from;
  let state = seed >>> 0;
  let sent = 0;
  let written = 0;
  /** xorshift32, in (0, 1). */
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 0) + 0.5) / 2 ** 32;
  };
  /** Log-normal around 1. */
  const noise = (deviation: number): number =>
    Math.exp(deviation * Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random()));
  return {
    now: () => at,
    noise,
    /** Readings for so many minutes, one each minute or every so many; `use` says what it uses then: CPU in %, memory in bytes, sent and written in bytes a second. */
    run(minutes: number, use: (at: number) => Use, every = 1): Observation[] {
      return Array.from({ length: minutes / every }, () => {
        at += every * 60_000;
        const one = use(at);
        sent += (one.sent ?? 0) * 60 * every;
        written += (one.written ?? 0) * 60 * every;
        return reading(
          id,
          at,
          { ...one, sent: Math.round(sent), written: Math.round(written) },
          { age: 1_000, ...look },
        );
      });
    },
  };
}
