/** The kernel's tables of mounts write space, tab, newline, backslash and # as \040 and the like. */
export const withoutOctal = (text: string): string =>
  text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
