import { expect, test } from 'vitest';
import { datePart } from '../../../../../analyzer/sigma/engine/date-part.ts';
import { timeParts } from '../../../../../analyzer/sigma/language/expression.ts';

/** Parts as `year-month-day hour:minute week`. */
function partsOf(value: unknown): string {
  const parts = Object.fromEntries(timeParts.map((part) => [part, datePart(value, part)]));
  if (Object.values(parts).every((part) => part === undefined)) return 'none';
  const { year, month, day, hour, minute, week } = parts;
  return `${year}-${month}-${day} ${hour}:${minute} ${week}`;
}

test.each<readonly [value: unknown, parts: string]>([
  ['2024-02-29T23:59:58Z', '2024-2-29 23:59 9'],
  ['2024-02-29t23:59:58z', '2024-2-29 23:59 9'],
  [' 2024-02-29T23:59:58Z ', '2024-2-29 23:59 9'],
  ['2024-03-10 07:05', '2024-3-10 7:5 10'],
  ['2024-03-10T07:05:06.123456789+02:00', '2024-3-10 7:5 10'],
  ['2024-03-10T07:05:06,5-0230', '2024-3-10 7:5 10'],
  ['2024-03-10T00:00Z', '2024-3-10 0:0 10'],
  ['2024-03-10', '2024-3-10 undefined:undefined 10'],
  // Neither dates nor times that there are.
  ['2023-02-29', 'none'],
  ['2024-02-30', 'none'],
  ['2024-13-01', 'none'],
  ['2024-00-01', 'none'],
  ['2024-01-00', 'none'],
  ['2024-01-01T24:00Z', 'none'],
  ['2024-01-01T23:60Z', 'none'],
  // Not written as dates.
  ['2024-1-01', 'none'],
  ['24-01-01', 'none'],
  ['x2024-01-01', 'none'],
  ['2024-01-01x', 'none'],
  ['2024-01-01T', 'none'],
  ['2024-01-01T1:00', 'none'],
  ['2024-01-01T10', 'none'],
  ['2024-01-01T10:00:00.Z', 'none'],
  ['2024-01-01T10:00+2', 'none'],
  ['', 'none'],
  [true, 'none'],
  [null, 'none'],
  [undefined, 'none'],
  // Epoch seconds and milliseconds.
  [0, '1970-1-1 0:0 1'],
  [1_710_054_300, '2024-3-10 7:5 10'],
  ['1710054300', '2024-3-10 7:5 10'],
  [1_710_054_300_000, '2024-3-10 7:5 10'],
  [-1, '1969-12-31 23:59 1'],
  [99_999_999_999, '5138-11-16 9:46 46'],
  [100_000_000_000, '1973-3-3 9:46 9'],
  [-100_000_000_000, '1966-10-31 14:13 44'],
  [8.65e15, 'none'],
  // Weeks begin on Monday; the first has the year's first Thursday.
  ['2024-01-01', '2024-1-1 undefined:undefined 1'],
  ['2023-01-01', '2023-1-1 undefined:undefined 52'],
  ['2023-01-02', '2023-1-2 undefined:undefined 1'],
  ['2020-12-31', '2020-12-31 undefined:undefined 53'],
  ['2021-01-03', '2021-1-3 undefined:undefined 53'],
  ['2021-01-04', '2021-1-4 undefined:undefined 1'],
  ['2024-12-30', '2024-12-30 undefined:undefined 1'],
  ['2024-12-29', '2024-12-29 undefined:undefined 52'],
  ['2026-07-05', '2026-7-5 undefined:undefined 27'],
  ['2026-07-06', '2026-7-6 undefined:undefined 28'],
])('%j is %s', (value, parts) => {
  expect(partsOf(value)).toBe(parts);
});
