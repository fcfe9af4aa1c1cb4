/** Names that programs make up for temporary files, whole or up to a suffix: mkstemp of C, tempfile of Python, pip, systemd, ssh, PHP. */
const tempNames: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/^systemd-private-[0-9a-f]{32}(-.+-)[A-Za-z0-9]{6}$/, 'systemd-private-<hex>$1<temp>'],
  [/^(pip-[a-z-]{3,32}-)[a-z0-9_]{8}$/, '$1<temp>'],
  [/^ssh-[A-Za-z0-9]{10,12}$/, 'ssh-<temp>'],
  [/^tmp[a-z0-9_]{8}(\.[A-Za-z]\w{0,8})?$/, '<temp>$1'],
  [/^cc[A-Za-z0-9]{6}(\.(?:o|s|c|i|ii|res|ld|le|cdtor\.[co]|lto\.o|ltrans\d{0,3}\.o))$/, '<temp>$1'],
];

/** What is random in a name, behind what is not. */
const randomParts: readonly RegExp[] = [
  /^(tmp[._-]?)([A-Za-z0-9_]{6,20})((?:\.[A-Za-z]\w{0,8})?)$/,
  /^(php|cc)([A-Za-z0-9]{6})()$/,
  /^(.*[._-])([A-Za-z0-9]{6,12})((?:\.[a-z]\w{0,8})?)$/,
];
const wholeName = /^tmp[._-]?$|^cc$/;

/** The name of a temporary file without what is random in it; other names as they are. */
export function tempName(name: string): string {
  for (const [pattern, replacement] of tempNames) if (pattern.test(name)) return name.replace(pattern, replacement);
  for (const pattern of randomParts) {
    const [, before = '', part, after = ''] = pattern.exec(name) ?? [];
    if (part !== undefined && changes(part) >= 2) return `${wholeName.test(before) ? '' : before}<temp>${after}`;
  }
  return name;
}

/**
 * Whether a long run of letters and digits was drawn at random, as ids in base32, base62 or base64url are. Words, even joined, change between
 * kinds of character seldom.
 */
export function isRandomId(run: string): boolean {
  if (/^[0-9A-Za-z]+$/.test(run)) return changes(run, digitOrLetter) >= 4;
  const isMixed = /[a-z]/.test(run) && /[A-Z]/.test(run) && /\d/.test(run);
  return isMixed && changes(run) >= run.length * 0.3;
}

const digitOrLetter = (character: string): string =>
  /\d/.test(character) ? '0' : /[A-Za-z]/.test(character) ? 'a' : '';
const digitOrCase = (character: string): string =>
  /\d/.test(character) ? '0' : /[a-z]/.test(character) ? 'a' : /[A-Z]/.test(character) ? 'A' : '';

/** How often neighbours are of different kinds; a capital before a small letter is how words begin and counts for nothing. */
function changes(text: string, kindOf: (character: string) => string = digitOrCase): number {
  let count = 0;
  for (let at = 1; at < text.length; at += 1) {
    const pair = kindOf(text.charAt(at - 1)) + kindOf(text.charAt(at));
    if (pair.length === 2 && pair[0] !== pair[1] && pair !== 'Aa') count += 1;
  }
  return count;
}
