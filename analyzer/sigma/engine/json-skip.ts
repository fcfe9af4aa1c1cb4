/**
 * Steps over JSON text (RFC 8259) without making values of it. Every function takes the place of the first byte and gives the place behind what
 * it stepped over, or -1 when that is not well-formed; a byte beyond the end reads as 0, which is well-formed nowhere.
 */
const quote = 0x22;
const backslash = 0x5c;

export function skipSpace(buffer: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = buffer[at] ?? 0;
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return at;
    at += 1;
  }
}

/** Bytes that are looked at one by one before the rest is left to a native search. */
const near = 48;

/**
 * From behind the opening quote to behind the closing one, for text that nobody looks into. Of long ones only the end and escapes are looked
 * for: a control character far within, which JSON does not allow, is let pass.
 */
export function createUnreadSkip(): (buffer: Buffer, from: number) => number {
  const nextBackslash = createNext(backslash);
  return (buffer, from) => {
    for (let at = from; at < from + near; at += 1) {
      const byte = buffer[at] ?? 0;
      if (byte === quote) return at + 1;
      if (byte < 0x20 || byte === backslash) return skipText(buffer, at);
    }
    const end = buffer.indexOf(quote, from + near);
    if (end < 0) return -1;
    const escaped = nextBackslash(buffer, from + near);
    return escaped < end ? skipText(buffer, escaped) : end + 1;
  };
}

/** The place of the next byte of that value, or of the end; for places that go on in one buffer it is searched once. */
function createNext(value: number): (buffer: Buffer, from: number) => number {
  let searched: Buffer | undefined;
  let start = 0;
  let found = 0;
  return (buffer, from) => {
    if (buffer === searched && start <= from && from <= found) return found;
    searched = buffer;
    start = from;
    const at = buffer.indexOf(value, from);
    found = at < 0 ? buffer.length : at;
    return found;
  };
}

/** From behind the opening quote to behind the closing one. */
export function skipText(buffer: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const byte = buffer[at] ?? 0;
    if (byte === quote) return at + 1;
    if (byte < 0x20) return -1;
    if (byte === backslash) {
      at = skipEscape(buffer, at);
      if (at < 0) return -1;
    } else at += 1;
  }
}

function skipEscape(buffer: Uint8Array, from: number): number {
  const kind = buffer[from + 1] ?? 0;
  if (kind !== 0x75) return isEscape(kind) ? from + 2 : -1;
  for (let at = from + 2; at < from + 6; at += 1) if (!isHex(buffer[at] ?? 0)) return -1;
  return from + 6;
}

/** " \ / b f n r t */
const isEscape = (byte: number): boolean =>
  byte === quote ||
  byte === backslash ||
  byte === 0x2f ||
  byte === 0x62 ||
  byte === 0x66 ||
  byte === 0x6e ||
  byte === 0x72 ||
  byte === 0x74;

const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isHex = (byte: number): boolean =>
  isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);

export function skipNumber(buffer: Uint8Array, from: number): number {
  let at = buffer[from] === 0x2d ? from + 1 : from;
  if (buffer[at] === 0x30) at += 1;
  else {
    at = skipDigits(buffer, at);
    if (at < 0) return -1;
  }
  if (buffer[at] === 0x2e) {
    at = skipDigits(buffer, at + 1);
    if (at < 0) return -1;
  }
  if (buffer[at] !== 0x65 && buffer[at] !== 0x45) return at;
  const sign = buffer[at + 1];
  return skipDigits(buffer, sign === 0x2b || sign === 0x2d ? at + 2 : at + 1);
}

/** At least one. */
function skipDigits(buffer: Uint8Array, from: number): number {
  let at = from;
  while (isDigit(buffer[at] ?? 0)) at += 1;
  return at === from ? -1 : at;
}

const words = ['true', 'false', 'null'].map((word) => new TextEncoder().encode(word));

/** true, false or null. */
export function skipWord(buffer: Uint8Array, from: number): number {
  const word = words.find((bytes) => bytes[0] === buffer[from]);
  if (word === undefined) return -1;
  for (let at = 0; at < word.length; at += 1) if (buffer[from + at] !== word[at]) return -1;
  return from + word.length;
}

/** Objects and lists nested deeper are left to a real parser. */
const deepest = 64;

/** Any value, from its first byte. */
export function skipValue(buffer: Uint8Array, from: number, depth = 0): number {
  const byte = buffer[from] ?? 0;
  if (byte === quote) return skipText(buffer, from + 1);
  if (byte === 0x7b) return skipMembers(buffer, from, { depth, close: 0x7d });
  if (byte === 0x5b) return skipMembers(buffer, from, { depth, close: 0x5d });
  return byte === 0x2d || isDigit(byte) ? skipNumber(buffer, from) : skipWord(buffer, from);
}

function skipMembers(
  buffer: Uint8Array,
  from: number,
  { depth, close }: { readonly depth: number; readonly close: number },
): number {
  if (depth >= deepest) return -1;
  let at = skipSpace(buffer, from + 1);
  if (buffer[at] === close) return at + 1;
  for (;;) {
    if (close === 0x7d) at = skipKey(buffer, at);
    if (at < 0) return -1;
    at = skipValue(buffer, at, depth + 1);
    if (at < 0) return -1;
    at = skipSpace(buffer, at);
    if (buffer[at] === close) return at + 1;
    if (buffer[at] !== 0x2c) return -1;
    at = skipSpace(buffer, at + 1);
  }
}

/** A key, its colon and the space around it. */
function skipKey(buffer: Uint8Array, from: number): number {
  if (buffer[from] !== quote) return -1;
  const behind = skipText(buffer, from + 1);
  if (behind < 0) return -1;
  const colon = skipSpace(buffer, behind);
  return buffer[colon] === 0x3a ? skipSpace(buffer, colon + 1) : -1;
}
