/** What a key of an object means to rules. */
export interface KnownKey {
  /** Number of the field of that name; -1: it is only the beginning of dotted paths. */
  readonly field: number;
  /** Some field's path begins with it: an object or list here has to be walked. */
  readonly leads: boolean;
}

/** Finds known keys by their bytes, without making a text of each. */
export interface KeyTable {
  /** The key whose bytes, behind the opening quote, stand from–to; `hash` is theirs, as `hashByte` makes it. */
  find(hash: number, buffer: Uint8Array, from: number, to: number): KnownKey | undefined;
}

export const hashByte = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

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
  const slots: (Slot | undefined)[] = new Array<undefined>(mask + 1).fill(undefined);
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
