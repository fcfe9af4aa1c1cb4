import type { Unit } from './quantity-state.ts';

const binary = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** An amount for people: `61 %`, `1.5 GiB`, `320 KiB/s`, `12 processes`, `40 per hour`. */
export function amountText(value: number, unit: Unit): string {
  if (unit === 'B') return bytesText(value);
  if (unit === 'B/s') return `${bytesText(value)}/s`;
  return `${short(value)} ${unit}`;
}

/** What is told of a quantity, as a thing that may be approved. */
export const levelText = (level: number, unit: Unit): string => `a level of ${amountText(level, unit)}`;
export const driftText = 'a slow rise over weeks';

function bytesText(bytes: number): string {
  const power = Math.min(binary.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return `${short(bytes / 1_024 ** power)} ${binary[power]}`;
}

const short = (value: number): string =>
  value < 9.95 ? String(Math.round(value * 10) / 10) : String(Math.round(value));
