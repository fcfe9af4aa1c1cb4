import { isoTime } from './syslog-header.ts';

/** RFC 3339 in UTC; undefined where there is no time, or none of the years 1 to 9999. */
export const timeOf = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : isoTime(ms));

/** Undefined for what is no integer, or none that every reader of JSON takes for the same; JSON has no -0. */
export const integer = (value: number | undefined): number | undefined => {
  if (!Number.isSafeInteger(value)) return undefined;
  return value === 0 ? 0 : value;
};
