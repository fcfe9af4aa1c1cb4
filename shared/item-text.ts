import { clip, cutMark } from './clip.ts';

/**
 * Longest text of an item that is kept: in UTF-16 units, and in bytes as it is stored (JSON), so that letters of three bytes and controls, which are escaped, take
 * no more room than others. 2,000 items of that length are one decision of an import (800,000 bytes), and leave room for other features.
 */
const longest = { units: 200, bytes: 300 } as const;

/** The text of an item as a baseline keeps it, which is how it is found there. */
export function keptText(text: string): string {
  const short = clip(text, longest.units);
  return storedBytes(short) <= longest.bytes ? short : clipStored(short, longest.bytes - Buffer.byteLength(cutMark));
}

/** Bytes that a text takes in what is stored, without its quotes. */
export const storedBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

/** Never half a character. */
function clipStored(text: string, most: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += storedBytes(character);
    if (bytes > most) break;
    kept += character;
  }
  return `${kept}${cutMark}`;
}
