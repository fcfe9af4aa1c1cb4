import { z } from 'zod';
import type { Terminal } from '../terminal.ts';

/** Members of an answer that say as of when it is (docs/feed.md); a feed of an earlier version does not. */
export const freshness = { asOf: z.number().optional(), current: z.boolean().optional() };

interface Fresh {
  readonly asOf?: number | undefined;
  readonly current?: boolean | undefined;
}

/** After so long the log is silent, before that it is still being read. */
const silenceMs = 30_000;

/** What a person must know of an answer that is not of now. Undefined: nothing. */
export function staleness({ asOf, current }: Fresh, now: number): string | undefined {
  if (current !== false || asOf === undefined) return undefined;
  const age = now - asOf;
  if (age < silenceMs) return 'the log is still being read: not everything is known yet';
  return `the log has not answered for ${Math.round(age / 1_000)} s: this is as of ${new Date(asOf).toISOString().slice(0, 19)}Z`;
}

export function tellFreshness(terminal: Pick<Terminal, 'complain'>, answer: Fresh, now: number): void {
  const told = staleness(answer, now);
  if (told !== undefined) terminal.complain(`note: ${told}`);
}
