import { dayMs, hourMs, type Span } from '../times.ts';

/** So many hours from an hour of the day on which a share of the simulated days is over. */
export function spanAt(
  { from, to }: Span,
  of: { readonly share: number; readonly hour: number; readonly hours: number },
): Span {
  const day = Math.floor(((to - from) / dayMs) * of.share);
  const begins = from + day * dayMs + of.hour * hourMs;
  return { from: begins, to: Math.min(to, begins + of.hours * hourMs) };
}
