import { setTimeout as delay } from 'node:timers/promises';

/** What came of a question within a time. */
export type Answer = 'done' | 'late' | { readonly error: unknown };

/** Waits for the work, but not longer than `ms`; the work itself goes on. */
export async function answerWithin(ms: number, work: Promise<unknown>): Promise<Answer> {
  const over = new AbortController();
  const late = delay(ms, 'late' as const, { signal: over.signal }).catch(() => 'late' as const);
  const answered = work.then(
    () => 'done' as const,
    (error: unknown) => ({ error }),
  );
  try {
    return await Promise.race([late, answered]);
  } finally {
    over.abort();
  }
}
