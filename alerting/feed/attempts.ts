/** Counts failed attempts per address: a bucket of `burst` that fills by one each `everyMs`. Bounded; the longest unused leave. */
export interface Attempts {
  /** Counts one failure; the milliseconds to wait when there were too many. */
  failed(address: string): number;
}

export function createAttempts(options: {
  readonly clock: () => number;
  readonly burst?: number;
  readonly everyMs?: number;
  readonly addresses?: number;
}): Attempts {
  const { clock, burst = 10, everyMs = 6_000, addresses = 1_000 } = options;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    failed: (address) => {
      const now = clock();
      const known = buckets.get(address) ?? { left: burst, at: now };
      const left = Math.min(burst, known.left + (now - known.at) / everyMs);
      buckets.delete(address);
      buckets.set(address, { left: Math.max(0, left - 1), at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > addresses && oldest !== undefined) buckets.delete(oldest);
      return left >= 1 ? 0 : Math.ceil((1 - left) * everyMs);
    },
  };
}
