import { InvalidArgumentError } from 'commander';

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `--since`: `15m`, `2h`, `3d` before `now`, or a time as ISO 8601 or ms since the epoch. Gives ms since the epoch. */
export function parseSince(text: string, now: number): number {
  const ago = /^(\d+(?:\.\d+)?)([smhd])$/.exec(text);
  if (ago !== null) return now - Number(ago[1]) * (units[ago[2] ?? ''] ?? 0);
  if (/^\d{12,}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time is 15m, 2h, 3d, an ISO 8601 time or ms since the epoch');
  return at;
}

/** A time that somebody else names, to the second. @param ms since the epoch; what is no time is said to be none */
export const timeText = (ms: number): string =>
  Math.abs(ms) <= 8.64e15 ? `${new Date(ms).toISOString().slice(0, 19)}Z` : 'no time';
