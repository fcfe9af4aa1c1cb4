/**
 * What may not reach a terminal, a log line or a page as it is: C0 and C1 controls and DEL, line and paragraph separators, bidirectional
 * controls, zero-width and other invisible characters (Unicode: Cc, Cf, Zl, Zp, Cs, Co).
 */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;

/**
 * Text written by an attacker, made safe to show on one line: every invisible or controlling character becomes its visible `\u{…}` form.
 * `max` caps the length in characters of the result (an ellipsis takes the last place), never in the middle of an escape.
 */
export function escapeControl(text: string, max = Number.POSITIVE_INFINITY): string {
  // Nothing after the cap is shown, and every character yields at least one: so a megabyte of argv is not escaped for 200 characters.
  const cut = text.length > max * 2 ? text.slice(0, max * 2) : text;
  const escaped = cut.replace(invisible, visible);
  if (cut === text && (escaped.length <= max || Array.from(escaped).length <= max)) return escaped;
  return capped(cut, max);
}

/**
 * Text of ours of several lines (what to do, with commands to copy): each line escaped, none cut. Only for text whose line ends are ours.
 */
export const escapeLines = (text: string): readonly string[] => text.split('\n').map((line) => escapeControl(line));

function visible(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function capped(text: string, max: number): string {
  let result = '';
  let length = 0;
  for (const character of text) {
    const shown = character.replace(invisible, visible);
    const size = shown === character ? 1 : shown.length;
    if (length + size > max - 1) break;
    result += shown;
    length += size;
  }
  return `${result}…`;
}
