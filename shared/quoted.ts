/**
 * What a reader of a file could not tell from nothing, from a plain space or from another order of the text: everything of Unicode's
 * categories C (controls, bidirectional and zero-width characters, lone surrogates, unassigned) and Z (separators) but the space itself.
 */
const unseen = /(?! )[\p{C}\p{Z}]/gu;

/**
 * Text written by an attacker as a double-quoted scalar of YAML 1.2 on one line, with everything that cannot be seen escaped. It is safe in
 * a comment too, and reads back as the same text.
 */
export const quoted = (text: string): string => JSON.stringify(text).replace(unseen, yamlEscape);

/** A character as it is escaped in a double-quoted scalar of YAML 1.2. */
export function yamlEscape(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
}
