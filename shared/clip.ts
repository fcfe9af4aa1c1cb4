/** Stands where something was cut. */
export const cutMark = '…';

/** At most `max` UTF-16 units, an ellipsis in the last one when something was cut; never half a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const cut = text.slice(0, max - 1);
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}${cutMark}`;
}

const ellipsisBytes = 3;

/**
 * At most `max` bytes of UTF-8: the text as `written` gives each of its characters, an ellipsis at the end when something was cut. Never half
 * a character, never half an escape; nothing when not even the ellipsis fits.
 */
export function clipBytes(text: string, max: number, written: (character: string) => string = same): string {
  let shown = '';
  let bytes = 0;
  let safe = 0;
  for (const character of text) {
    const next = written(character);
    bytes += Buffer.byteLength(next);
    if (bytes > max) return max < ellipsisBytes ? '' : `${shown.slice(0, safe)}…`;
    shown += next;
    if (bytes <= max - ellipsisBytes) safe = shown.length;
  }
  return shown;
}

const same = (character: string): string => character;
