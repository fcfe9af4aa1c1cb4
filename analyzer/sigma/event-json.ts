/**
 * An event as JSON text. A whole number beyond 2^53 is read as the text of its digits, which to rules is the same and keeps them all.
 * @throws SyntaxError as JSON.parse does
 */
export function parseEvent(text: string): unknown {
  const parsed: unknown = JSON.parse(text);
  return /\d{16}/.test(text) ? JSON.parse(withDigitsAsTexts(text)) : parsed;
}

/** How a number of JSON text reads: all its digits where a double would lose some, else as it is printed. */
export const numberText = (written: string): string => (isLost(written) ? written : String(Number(written)));

const isLost = (written: string): boolean => /^-?\d{16,}$/.test(written) && !Number.isSafeInteger(Number(written));

/** Of valid JSON only a number, or the e of a word, begins so. */
const number = /[\d.eE+-]+/y;

/** @param text valid JSON */
function withDigitsAsTexts(text: string): string {
  let result = '';
  let copied = 0;
  for (let at = 0; at < text.length; ) {
    if (text[at] === '"') at = behindText(text, at + 1);
    else {
      number.lastIndex = at;
      const [written] = number.exec(text) ?? [];
      if (written !== undefined && isLost(written)) {
        result += `${text.slice(copied, at)}"${written}"`;
        copied = at + written.length;
      }
      at += written?.length ?? 1;
    }
  }
  return result + text.slice(copied);
}

function behindText(text: string, from: number): number {
  let at = from;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
