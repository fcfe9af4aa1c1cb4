import { deriveId } from '../../shared/hash.ts';

/** Waiting doubles from `firstMs` to `mostMs`; the first success begins anew. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

export const defaultBackoff: Backoff = { firstMs: 1_000, mostMs: 60_000 };

/**
 * How long to wait after the n-th failure in a row (from 0), ms: between half of min(mostMs, firstMs · 2ⁿ) and all of it ("equal jitter",
 * Brooker, Exponential Backoff And Jitter, AWS 2015), so that what failed together does not come back together. Where in between is
 * derived from the sink, the message and n: nothing is random here, and two sinks, hosts or messages still differ.
 */
export function waitAfter(failures: number, { firstMs, mostMs }: Backoff, ...of: readonly string[]): number {
  const step = Math.min(mostMs, firstMs * 2 ** failures);
  const fraction = Number.parseInt(deriveId('backoff', failures, ...of).slice(0, 8), 16) / 2 ** 32;
  return Math.round(step * (0.5 + fraction / 2));
}
