/** Who waits for what. A wait ends by a wake, its time, or its signal, and says nothing about which: whoever waited looks again. */
export interface Wakeups {
  wake(channels: readonly string[]): void;
  wait(channel: string, ms: number, signal: AbortSignal): Promise<void>;
}

export function createWakeups(): Wakeups {
  const waiting = new Map<string, Set<() => void>>();
  const wakeOne = (channel: string): void => {
    const waiters = waiting.get(channel);
    if (waiters === undefined) return;
    waiting.delete(channel);
    for (const wake of waiters) wake();
  };
  return {
    wake(channels) {
      for (const channel of channels) wakeOne(channel);
    },
    wait(channel, ms, signal) {
      if (signal.aborted || ms <= 0) return Promise.resolve();
      return new Promise((resolve) => {
        const waiters = waiting.get(channel) ?? new Set();
        waiting.set(channel, waiters);
        const done = (): void => {
          clearTimeout(timer);
          waiters.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        const timer = setTimeout(done, ms);
        waiters.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
  };
}
