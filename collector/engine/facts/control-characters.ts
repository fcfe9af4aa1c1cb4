/**
 * EVA-10: characters that change what a terminal or a reader shows: control characters but tab and line feed (escape sequences, a return that lets the
 * next text stand over this one), and those that turn the direction of writing. Lines that end as Windows' do are ordinary.
 */
export const hasControlCharacters = (text: string): boolean =>
  Array.from(text.replaceAll('\r\n', '\n')).some((character) => isControl(character.codePointAt(0) ?? 0));

const isControl = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a) ||
  (code >= 0x7f && code <= 0x9f) ||
  (code >= 0x202a && code <= 0x202e) ||
  (code >= 0x2066 && code <= 0x2069);
