/** Waiting times between restarts: doubling from `firstMs` to `maxMs`, back to the first after a run of `healthyMs`. */
export interface Backoff {
  /** How long to wait after a run that lasted so long. */
  next(ranMs: number): number;
}

export function createBackoff(options: { firstMs: number; maxMs: number; healthyMs: number }): Backoff {
  let failures = 0;
  return {
    next(ranMs) {
      if (ranMs >= options.healthyMs) failures = 0;
      return Math.min(options.maxMs, options.firstMs * 2 ** failures++);
    },
  };
}
