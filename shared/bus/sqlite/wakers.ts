/** Those who wait for records of a topic. */
export interface Wakers {
  /** Resolves when the topic was appended to since `mark`, after `ms`, or when the signal is aborted. */
  wait(topic: string, options: { mark: number; ms: number; signal: AbortSignal }): Promise<void>;
  /** Take it before looking, so that an append between look and wait is not slept through. */
  mark(topic: string): number;
  wake(topics: readonly string[]): void;
}

export function createWakers(): Wakers {
  const appends = new Map<string, number>();
  const waiting = new Map<string, Set<() => void>>();
  return {
    mark: (topic) => appends.get(topic) ?? 0,
    wake: (topics) => {
      for (const topic of topics) {
        appends.set(topic, (appends.get(topic) ?? 0) + 1);
        const waiters = waiting.get(topic);
        waiting.delete(topic);
        for (const resolve of waiters ?? []) resolve();
      }
    },
    wait: (topic, { mark, ms, signal }) =>
      new Promise((resolve) => {
        if (signal.aborted || (appends.get(topic) ?? 0) !== mark) return resolve();
        const waiters = waiting.get(topic) ?? new Set();
        waiting.set(topic, waiters);
        const done = (): void => {
          clearTimeout(timer);
          waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiters.add(done);
        signal.addEventListener('abort', done, { once: true });
      }),
  };
}
