/** Items of a list that the kernel keeps with a zero byte behind each (cmdline, environ), at most `most` bytes of it. */
export interface ZeroSeparated {
  readonly items: readonly string[];
  /** There is more than was read: the last item may be cut. */
  readonly truncated: boolean;
}

/** A process that writes over its arguments (`nginx: worker process`) leaves empty ones behind. */
export function parseZeroSeparated(bytes: Buffer, most: number): ZeroSeparated {
  const truncated = bytes.length > most;
  const text = bytes.toString('utf8', 0, Math.min(bytes.length, most));
  const items = text.split('\0');
  while (items.length > 0 && items.at(-1) === '') items.pop();
  return { items, truncated };
}
