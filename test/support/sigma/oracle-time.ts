import { numberOf } from './oracle-event.ts';

export type TimePart = 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year';
export const timeParts: readonly TimePart[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];

/** A part of the date as the event writes it, its zone as it stands; numbers are seconds (or milliseconds) since 1970 in UTC. Undefined: no date. */
export function timePartOf(value: unknown, part: TimePart): number | undefined {
  const [number] = numberOf(value);
  if (number !== undefined) {
    // As seconds, 1e11 would be the year 5138: so much are milliseconds.
    const date = validDate(new Date(Math.abs(number) < 1e11 ? number * 1000 : number));
    return date && partOf(date, part);
  }
  if (typeof value !== 'string') return undefined;
  const found = /^(\d{4}-\d{2}-\d{2})([Tt ](\d{2}:\d{2})(:\d{2}([.,]\d+)?)?([Zz]|[-+]\d{2}:?\d{2})?)?$/.exec(
    value.trim(),
  );
  const [, day = '', time = '', clock = '00:00'] = found ?? [];
  const date = validDate(new Date(`${day}T${clock}:00Z`));
  // The 30th of February is none, and a day by itself has no time.
  if (!date?.toISOString().startsWith(`${day}T${clock}`) || (time === '' && (part === 'hour' || part === 'minute')))
    return undefined;
  return partOf(date, part);
}

const partOf = (date: Date, part: TimePart): number =>
  ({
    minute: date.getUTCMinutes(),
    hour: date.getUTCHours(),
    day: date.getUTCDate(),
    week: isoWeek(date),
    month: date.getUTCMonth() + 1,
    year: date.getUTCFullYear(),
  })[part];

const validDate = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date);

const day = 86_400_000;

/** ISO 8601: the week belongs to the year that its Thursday lies in. */
function isoWeek(date: Date): number {
  const midnight = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate());
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = midnight + (3 - weekday) * day;
  const newYear = Date.UTC(new Date(thursday).getUTCFullYear(), 0, 1);
  return Math.floor((thursday - newYear) / (7 * day)) + 1;
}
