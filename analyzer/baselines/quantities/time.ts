export const minuteMs = 60_000;
export const hourMs = 3_600_000;
export const dayMs = 24 * hourMs;

/** Number of the hour and of the day since the epoch (UTC). */
export const hourOf = (at: number): number => Math.floor(at / hourMs);
export const dayOf = (at: number): number => Math.floor(at / dayMs);

/** 0…23, UTC, of an hour's number. */
export const hourOfDay = (hour: number): number => ((hour % 24) + 24) % 24;

/** That hour of the day and its neighbours: what runs by a clock may be early, late, or an hour off by summer time. */
export const around = (hour: number): readonly number[] => [hour - 1, hour, hour + 1].map(hourOfDay);

const weekdays = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];

/** Hour of the week in words: `Tue 03:00 UTC`. */
export function hourOfWeek(hour: number): string {
  const day = weekdays[((Math.floor(hour / 24) % 7) + 7) % 7];
  return `${day} ${String(hourOfDay(hour)).padStart(2, '0')}:00 UTC`;
}

const placesInWeek = new Map(Array.from({ length: 168 }, (_, hour) => [hourOfWeek(hour), hour]));

/** 0…167, of an hour of the week in words. */
export const placeInWeek = (hour: string): number => placesInWeek.get(hour) ?? 0;

/** A number with that bit set. */
export const withHour = (bits: number, hour: number): number => bits | (1 << hourOfDay(hour));

export const allHours = 2 ** 24 - 1;

/** What was learned has lost half its weight after two weeks; it is faded once a week. */
const halfLifeDays = 14;
const fadeEveryDays = 7;

/** What weights are to be multiplied by on that day; 1 while it is not yet time. */
export function fadingOf(fadedTo: number, day: number): number {
  const days = day - fadedTo;
  return days < fadeEveryDays ? 1 : 0.5 ** (days / halfLifeDays);
}
