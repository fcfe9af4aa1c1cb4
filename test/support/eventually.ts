/** Waits for a condition of the outside world (a process, an engine): looks again and again until it gives a value. */
export async function eventually<T>(
  look: () => Promise<T | undefined> | T | undefined,
  explain: () => string = () => 'it did not happen in time',
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let failure: unknown;
  while (Date.now() < deadline) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
    } catch (error) {
      failure = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(explain(), { cause: failure });
}
