/** A bucket for each key, of `burst` that fills by one each `everyMs`. Bounded; the longest unused leave. */
export interface Buckets {
  /** Takes one; the milliseconds to wait when there is none. */
  take(key: string): number;
}

export interface BucketOptions {
  readonly clock: () => number;
  readonly burst: number;
  readonly everyMs: number;
  /** Keys that are remembered. */
  readonly most?: number;
}

export function createBuckets({ clock, burst, everyMs, most = 1_000 }: BucketOptions): Buckets {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take: (key) => {
      const now = clock();
      const known = buckets.get(key) ?? { left: burst, at: now };
      const left = Math.min(burst, known.left + (now - known.at) / everyMs);
      buckets.delete(key);
      buckets.set(key, { left: Math.max(0, left - 1), at: now });
      const [oldest] = buckets.keys();
      if (buckets.size > most && oldest !== undefined) buckets.delete(oldest);
      return left >= 1 ? 0 : Math.ceil((1 - left) * everyMs);
    },
  };
}
