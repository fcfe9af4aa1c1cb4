/** A map or a set: both know in which order their keys were put in. */
interface Kept<K> {
  readonly size: number;
  keys(): Iterable<K>;
  delete(key: K): boolean;
}

/** Lets the oldest key go where there is one more than `most`, and returns it. A key that shall count as new is deleted before it is put in again. */
export function dropOldest<K>(kept: Kept<K>, most: number): K | undefined {
  if (kept.size <= most) return undefined;
  const [oldest] = kept.keys();
  if (oldest !== undefined) kept.delete(oldest);
  return oldest;
}
