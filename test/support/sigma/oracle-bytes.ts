export type Encoding = 'utf8' | 'utf16le' | 'utf16be' | 'utf16';

export function bytesOf(text: string, encoding: Encoding): readonly number[] {
  if (encoding === 'utf8') return Array.from(new TextEncoder().encode(text));
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const little = units.flatMap((unit) => [unit % 256, Math.floor(unit / 256)]);
  if (encoding === 'utf16le') return little;
  if (encoding === 'utf16') return [0xff, 0xfe, ...little];
  return units.flatMap((unit) => [Math.floor(unit / 256), unit % 256]);
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const bitsOf = (bytes: readonly number[]): string => bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');

/** Standard base64 with padding, written out from the bits. */
export function base64(bytes: readonly number[]): string {
  const bits = bitsOf(bytes);
  const sextets = bits.match(/.{1,6}/g) ?? [];
  const text = sextets.map((sextet) => letters[Number.parseInt(sextet.padEnd(6, '0'), 2)]).join('');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** What is sure to be in the base64 of anything that holds these bytes, for each place where they may begin: `?` is a bit of something else. */
export function base64AtOffsets(bytes: readonly number[]): readonly string[] {
  return [0, 1, 2].map((offset) => {
    const bits = '?'.repeat(8 * offset) + bitsOf(bytes);
    const sextets = bits.match(/.{6}/g) ?? [];
    return sextets
      .filter((sextet) => !sextet.includes('?'))
      .map((sextet) => letters[Number.parseInt(sextet, 2)])
      .join('');
  });
}
