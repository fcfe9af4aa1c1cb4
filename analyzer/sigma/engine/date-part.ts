import type { TimePart } from '../language/expression.ts';
import { eventNumber } from '../language/values.ts';

/** Dates as text: RFC 3339, also with a space for T, without seconds or without a time. */
const written = /^(\d{4})-(\d{2})-(\d{2})(?:[Tt ](\d{2}):(\d{2})(?::\d{2}(?:[.,]\d+)?)?(?:[Zz]|[+-]\d{2}:?\d{2})?)?$/;

/** Epoch numbers from here on are milliseconds: as seconds this is the year 5138. */
const firstMilliseconds = 1e11;

/**
 * A part of the date that a value is, or undefined when it is none. Text is taken as written, without conversion of its zone (specification
 * 2.1, "Modifiers"); numbers are epoch seconds or milliseconds in UTC. `week` is that of ISO 8601, `day` the day of the month.
 */
export function datePart(value: unknown, part: TimePart): number | undefined {
  const found = typeof value === 'string' ? written.exec(value.trim()) : null;
  if (found !== null) {
    const numbers = found.slice(1).map((digits) => (digits ? Number(digits) : undefined));
    return isDate(numbers) ? partOf(numbers, part) : undefined;
  }
  const number = eventNumber(value);
  if (number === undefined) return undefined;
  const date = new Date(Math.abs(number) < firstMilliseconds ? number * 1_000 : number);
  if (Number.isNaN(date.getTime())) return undefined;
  const numbers = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate(), date.getUTCHours()];
  return partOf([...numbers, date.getUTCMinutes()], part);
}

/** The 30th of February is none. */
function isDate([year = 0, month = 0, day = 0, hour = 0, minute = 0]: readonly (number | undefined)[]): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
}

function partOf([year, month, day, hour, minute]: readonly (number | undefined)[], part: TimePart): number | undefined {
  if (part !== 'week') return { year, month, day, hour, minute }[part];
  return isoWeek(Date.UTC(year ?? 0, (month ?? 1) - 1, day));
}

const dayMs = 86_400_000;

/** Weeks begin on Monday; the first is the one with the year's first Thursday. */
function isoWeek(time: number): number {
  const weekday = (new Date(time).getUTCDay() + 6) % 7;
  const thursday = time + (3 - weekday) * dayMs;
  const firstDay = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return 1 + Math.floor((thursday - firstDay) / dayMs / 7);
}
