interface Counted {
  readonly at: number;
  readonly count: number;
  readonly lastAt?: number;
}

/** Things by a key, each with how often it came; bounded: what comes when there is no room for one more is only counted. */
export function createTally<T extends Counted>(most: number) {
  const all = new Map<string, T>();
  let beyond = 0;
  return {
    take(found: readonly [string, T] | undefined): void {
      if (found === undefined) return;
      const [key, one] = found;
      const known = all.get(key);
      if (known === undefined && all.size >= most) beyond += 1;
      else if (known === undefined) all.set(key, one);
      else all.set(key, { ...known, ...('lastAt' in one && { lastAt: one.at }), count: known.count + 1 });
    },
    list: (): T[] => [...all.values()],
    beyond: (): number => beyond,
  };
}
