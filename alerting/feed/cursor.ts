/** Next offset to read, per partition. */
export type Position = ReadonlyMap<number, number>;

/**
 * A cursor of the feed: base64url of a JSON object partition → next offset. It names a place in the log, so any instance can resume it. The last
 * two answers are kept, as a thousand clients ask one after the other for the places before and behind the same update.
 */
export function encodeCursor(position: Position): string {
  const known = kept.find((one) => isSame(one.position, position));
  if (known !== undefined) return known.text;
  const text = Buffer.from(JSON.stringify(Object.fromEntries(position))).toString('base64url');
  kept = [{ position: new Map(position), text }, ...kept.slice(0, 1)];
  return text;
}

/** Nothing but what the function would give again. */
let kept: readonly { readonly position: Position; readonly text: string }[] = [];

function isSame(a: Position, b: Position): boolean {
  if (a.size !== b.size) return false;
  for (const [partition, offset] of a) if (b.get(partition) !== offset) return false;
  return true;
}

/** Longest cursor that is looked at: 256 partitions with 16-digit offsets fit. */
const longest = 16_384;

/** Undefined when the text is no cursor. */
export function decodeCursor(text: string): Position | undefined {
  if (text.length > longest || !/^[\w-]+$/.test(text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value).map(([partition, offset]): [number, unknown] => [Number(partition), offset]);
  return entries.every(isPlace) ? new Map(entries) : undefined;
}

function isPlace(entry: [number, unknown]): entry is [number, number] {
  const [partition, offset] = entry;
  return Number.isInteger(partition) && partition >= 0 && Number.isSafeInteger(offset) && Number(offset) >= 0;
}

/** Whether everything before `other` lies before `position`. */
export function reaches(position: Position, other: Position): boolean {
  return [...other].every(([partition, offset]) => (position.get(partition) ?? 0) >= offset);
}
