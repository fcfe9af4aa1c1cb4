import { clipBytes } from '../../shared/clip.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Incident, IncidentUpdate } from '../../shared/incident.ts';

/** A field of a message; `most`: bytes that its value may take, escaped. */
export interface Field {
  readonly value: string | number | undefined;
  readonly most: number;
}

export interface Room {
  /** Bytes there are for fields and what is around them. */
  readonly bytes: number;
  readonly written: (character: string) => string;
}

export interface Kept<T> {
  readonly field: T;
  /** The value, escaped. */
  readonly text: string;
}

/** A value cut to less than this tells nothing; it is left out. */
const leastBytes = 16;

/**
 * The fields that have a value, as long as there is room, first come first served; the last ones are cut or left out.
 * @param around bytes that a field takes besides its value
 */
export function fitFields<T extends Field>(
  fields: readonly T[],
  { bytes, written }: Room,
  around: (field: T) => number,
): { readonly kept: readonly Kept<T>[]; readonly bytes: number; readonly isWhole: boolean } {
  const kept: Kept<T>[] = [];
  let used = 0;
  let isWhole = true;
  for (const field of fields) {
    if (field.value === undefined || field.value === '') continue;
    const value = String(field.value);
    const room = Math.min(field.most, bytes - used - around(field));
    const isCut = !fits(value, room, written);
    isWhole &&= !isCut;
    if (isCut && room < Math.min(field.most, leastBytes)) continue;
    const text = clipBytes(value, room, written);
    used += around(field) + Buffer.byteLength(text);
    kept.push({ field, text });
  }
  return { kept, bytes: used, isWhole };
}

/** A character is one byte at least, so what is longer needs no look at each of them. */
const fits = (value: string, room: number, written: Room['written']): boolean =>
  value.length <= room && Buffer.byteLength(Array.from(value, written).join('')) <= room;

/** One character as it may be shown; most are plain ASCII, for which that is quickly said. */
export const visible = (character: string): string =>
  character >= ' ' && character <= '~' && character.length === 1 ? character : escapeControl(character);

/** The line that opened or grew the incident; the first one where that is not listed. */
export const lineOf = ({ incident, finding }: IncidentUpdate): Incident['findings'][number] | undefined =>
  incident.findings.find(({ id }) => id === finding) ?? incident.findings[0];

/** What a person reads first. */
export function headline(update: IncidentUpdate): string {
  const line = lineOf(update);
  return line === undefined ? update.incident.title : `${update.incident.title}: ${line.summary}`;
}
