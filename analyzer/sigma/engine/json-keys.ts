/** What a key of an object means to rules. */
export interface KnownKey {
  /** Number of the field of that name; -1: it is only the beginning of dotted paths. */
  readonly field: number;
  /** Some field's path begins with it: an object or list here has to be walked. */
  readonly leads: boolean;
}

/** Finds known keys by their bytes, without making a text of each. */
export interface KeyTable {
  /** `hash`: of the bytes from–to, as `hashByte` makes it. */
  find(hash: number, buffer: Uint8Array, range: Range): KnownKey | undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

export const hashByte = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;

/** @param names field names by number; the empty name is none */
export function createKeyTable(names: readonly string[]): KeyTable {
  const keys = new Map<string, KnownKey>();
  for (const [field, name] of names.entries()) {
    if (name === '') continue;
    // Whatever stands before a dot may be a key that holds the rest, itself with dots or not.
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const head = name.slice(0, dot);
      keys.set(head, { field: keys.get(head)?.field ?? -1, leads: true });
    }
    keys.set(name, { field, leads: keys.get(name)?.leads ?? false });
  }
  const encoder = new TextEncoder();
  const buckets = new Map<number, { readonly bytes: Uint8Array; readonly key: KnownKey }[]>();
  for (const [name, key] of keys) {
    const bytes = encoder.encode(name);
    const hash = bytes.reduce(hashByte, 0);
    buckets.set(hash, [...(buckets.get(hash) ?? []), { bytes, key }]);
  }
  return {
    find(hash, buffer, { from, to }) {
      const bucket = buckets.get(hash);
      if (bucket === undefined) return undefined;
      return bucket.find(({ bytes }) => isSame(bytes, buffer, from, to))?.key;
    },
  };
}

function isSame(bytes: Uint8Array, buffer: Uint8Array, from: number, to: number): boolean {
  if (bytes.length !== to - from) return false;
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] !== buffer[from + at]) return false;
  return true;
}
