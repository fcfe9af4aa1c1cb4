import { clip, cutMark } from '../shared/clip.ts';

/**
 * What a finding or a stored value keeps of what an attacker wrote (labels, arguments, names: of any length), so that each stays far
 * below the 64 KiB that a value of the bus may have. Lengths in UTF-16 units; totals in units of JSON text.
 */
const most = { text: 1_024, name: 256, members: 32, list: 4_096, fields: 12_288 };

/** A text, cut with an ellipsis. */
export const cappedText = (text: string, length = most.text): string => clip(text, length);

/** A reference by id and name, its name cut. */
export const cappedRef = ({
  id,
  name,
}: {
  readonly id: string;
  readonly name: string;
}): { id: string; name: string } => ({
  id,
  name: cappedText(name, most.name),
});

/** Fields by name: what is undefined is left out, what is long is cut, and what no longer fits is left out too. */
export function cappedFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  let room = most.fields;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const capped = cappedValue(value);
    const size = JSON.stringify([name, capped]).length;
    if (size > room) continue;
    room -= size;
    kept[name] = capped;
  }
  return kept;
}

function cappedValue(value: unknown): unknown {
  if (typeof value === 'string') return cappedText(value);
  if (Array.isArray(value)) return cappedList(value);
  if (typeof value === 'object' && value !== null) return cappedText(asText(value));
  return value;
}

/** What is left out leaves a mark, so that a list that was cut is never taken for a whole one. */
function cappedList(list: readonly unknown[]): readonly string[] {
  const kept: string[] = [];
  let room = most.list;
  for (const member of list.slice(0, most.members)) {
    const text = cappedText(asText(member));
    room -= JSON.stringify(text).length;
    if (room < 0) break;
    kept.push(text);
  }
  return kept.length === list.length ? kept : [...kept, cutMark];
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
