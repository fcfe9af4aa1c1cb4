/** Lets at most so many calls run at a time; the others wait in order. */
export function createLimiter(most: number): <T>(call: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (call) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await call();
    } finally {
      // Hands its place on; the count only falls when nobody waits.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

/** A limit for each key, so that one key's slow calls leave the others their places. Keys without calls are forgotten. */
export function createKeyedLimiter(most: number): <T>(key: string, call: () => Promise<T>) => Promise<T> {
  const limits = new Map<string, { users: number; limit: ReturnType<typeof createLimiter> }>();
  return async (key, call) => {
    const entry = limits.get(key) ?? { users: 0, limit: createLimiter(most) };
    limits.set(key, entry);
    entry.users += 1;
    try {
      return await entry.limit(call);
    } finally {
      entry.users -= 1;
      if (entry.users === 0) limits.delete(key);
    }
  };
}
