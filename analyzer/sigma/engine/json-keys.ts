/** What a key of an object means to rules. */
export interface KnownKey {
  /** Number of the field of that name; -1: it is only the beginning of dotted paths. */
  readonly field: number;
  /** Some field's path begins with it: an object or list here has to be walked. */
  readonly leads: boolean;
}

/** Finds known keys by their bytes, without making a text of each. */
export interface KeyTable {
  /** The key whose bytes, behind the opening quote, stand from–to; `hash` is theirs. */
  find(hash: number, buffer: Uint8Array, from: number, to: number): KnownKey | undefined;
}

const hashByte = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

interface Slot {
  readonly hash: number;
  readonly bytes: Uint8Array;
  readonly key: KnownKey;
}

/** @param names field names by number; the empty name is none */
export function createKeyTable(names: readonly string[]): KeyTable {
  const encoder = new TextEncoder();
  const all = [...knownKeys(names)].map(([name, key]): Slot => {
    const bytes = encoder.encode(name);
    return { hash: bytes.reduce(hashByte, 0), bytes, key };
  });
  // Open addressing; at most half full, so that a chain ends soon.
  const mask = 2 ** Math.ceil(Math.log2(all.length * 2 + 2)) - 1;
  const slots: (Slot | undefined)[] = Array.from({ length: mask + 1 }, () => undefined);
  for (const slot of all) {
    let at = slot.hash & mask;
    while (slots[at] !== undefined) at = (at + 1) & mask;
    slots[at] = slot;
  }
  return {
    find(hash, buffer, from, to) {
      for (let at = hash & mask; ; at = (at + 1) & mask) {
        const slot = slots[at];
        if (slot === undefined) return undefined;
        if (slot.hash === hash && isSame(slot.bytes, buffer, from, to)) return slot.key;
      }
    },
  };
}

/** Whatever stands before a dot may be a key that holds the rest, itself with dots or not. */
function knownKeys(names: readonly string[]): ReadonlyMap<string, KnownKey> {
  const keys = new Map<string, KnownKey>();
  for (const [field, name] of names.entries()) {
    if (name === '') continue;
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const head = name.slice(0, dot);
      keys.set(head, { field: keys.get(head)?.field ?? -1, leads: true });
    }
    keys.set(name, { field, leads: keys.get(name)?.leads ?? false });
  }
  return keys;
}

function isSame(bytes: Uint8Array, buffer: Uint8Array, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== buffer[from + at]) return false;
  return true;
}

/** Reads the keys of one object after the other. */
export interface KeyReader {
  /** Another object begins. */
  begin(): void;
  /**
   * Reads a key from behind its opening quote to behind its closing one; `current` is then what it means. -1: it holds an escape or a byte that
   * is not ASCII, and may be a known one in another spelling; or it stood in this object before, and `unique` was asked for.
   */
  read(buffer: Uint8Array, from: number): number;
  current: KnownKey | undefined;
}

/** A key as it stood at the same position in an object before. */
interface Expected {
  /** With the closing quote. */
  readonly bytes: Uint8Array;
  readonly hash: number;
  readonly key: KnownKey | undefined;
  /** How often another stood there since. */
  misses: number;
}

const quote = 0x22;
/** Positions that a guess is made for, and wrong guesses after which another is made. */
const positions = 64;
const patience = 3;

/**
 * Events of one source have their keys in one order: so the key of the object before is compared first, which is cheaper than to look one up.
 * @param unique refuse keys that stand twice, by their hashes: two keys of one hash are taken for the same
 */
export function createKeyReader(table: KeyTable, { unique }: { readonly unique: boolean }): KeyReader {
  const expected: (Expected | undefined)[] = Array.from({ length: positions }, () => undefined);
  // Typed: emptied by a number, without making it anew.
  const hashes = new Int32Array(positions);
  let count = 0;
  let position = 0;
  const isNew = (hash: number): boolean => {
    if (!unique) return true;
    for (let index = 0; index < count; index += 1) if (hashes[index] === hash) return false;
    // So many keys are looked through by a parser.
    if (count === hashes.length) return false;
    hashes[count] = hash;
    count += 1;
    return true;
  };
  const isExpected = ({ bytes }: Expected, buffer: Uint8Array, from: number): boolean => {
    for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== buffer[from + at]) return false;
    return true;
  };
  const look = (buffer: Uint8Array, from: number): number => {
    let hash = 0;
    let at = from;
    for (; ; at += 1) {
      const byte = buffer[at] ?? 0;
      if (byte === quote) break;
      if (byte < 0x20 || byte >= 0x80 || byte === 0x5c) return -1;
      hash = hashByte(hash, byte);
    }
    const key = table.find(hash, buffer, from, at);
    reader.current = key;
    const guess = expected[position];
    if (position < positions && (guess === undefined || guess.misses >= patience))
      expected[position] = {
        bytes: Uint8Array.prototype.slice.call(buffer, from, at + 1),
        hash,
        key,
        misses: 0,
      };
    else if (guess !== undefined) guess.misses += 1;
    position += 1;
    return isNew(hash) ? at + 1 : -1;
  };
  const reader: KeyReader = {
    current: undefined,
    begin() {
      position = 0;
      count = 0;
    },
    read(buffer, from) {
      const guess = expected[position];
      if (guess === undefined || !isExpected(guess, buffer, from)) return look(buffer, from);
      position += 1;
      guess.misses = 0;
      reader.current = guess.key;
      return isNew(guess.hash) ? from + guess.bytes.length : -1;
    },
  };
  return reader;
}
