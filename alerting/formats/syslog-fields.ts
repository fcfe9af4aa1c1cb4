import { clipBytes } from '../../shared/clip.ts';
import { escapeControl } from '../../shared/escape.ts';
import { severityRank } from '../../shared/finding.ts';
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

type Line = Incident['findings'][number];

/**
 * The line that an update is told by: the worst of those that it changed, and of equally bad ones what is new, then the newest; what is no longer so
 * only where nothing else changed. The worst of all where it changed none. Undefined where the incident has no lines.
 */
export function lineOf({ incident, finding, lines }: IncidentUpdate): Line | undefined {
  const { findings } = incident;
  // Updates of older versions do not say what they changed.
  const named = lines === undefined ? findings.find(({ id }) => id === finding) : changedLine(findings, lines);
  return named ?? findings.toSorted(byGravity)[0];
}

function changedLine(findings: readonly Line[], lines: NonNullable<IncidentUpdate['lines']>): Line | undefined {
  const rank = { ended: 0, more: 1, new: 2 };
  const changes = new Map(lines.map(({ id, how }) => [id, rank[how]]));
  const changed = findings.map((line) => ({ line, how: changes.get(line.id) ?? -1 })).filter(({ how }) => how >= 0);
  const going = changed.filter(({ how }) => how > rank.ended);
  const [first] = (going.length > 0 ? going : changed)
    .reverse()
    .sort((a, b) => byGravity(a.line, b.line) || b.how - a.how || b.line.lastAt - a.line.lastAt);
  return first?.line;
}

/** The gravest first, and as they are listed where they are equally grave. */
export const byGravity = (a: Line, b: Line): number => severityRank(b.severity) - severityRank(a.severity);

/** What a line says: that it is so, or was. */
export const sentenceOf = ({ summary, endedAt }: Line): string =>
  endedAt === undefined ? summary : `no longer so: ${summary}`;

/** What an update tells, in words: the name of the change alone would read as if something had been found where a condition ended. */
export const changeText = ({ change, lines = [] }: IncidentUpdate): string =>
  change === 'grown' && lines.length > 0 && lines.every(({ how }) => how === 'ended')
    ? `${change}, a condition ended`
    : change;

/** What a person reads first. */
export function headline(update: IncidentUpdate): string {
  const line = lineOf(update);
  return line === undefined ? update.incident.title : `${update.incident.title}: ${sentenceOf(line)}`;
}
