/**
 * Work that is given up after so many milliseconds, or when it is stopped; whether it listens to its signal or not. With a timer of its own:
 * `AbortSignal.any` does not keep an `AbortSignal.timeout` (Node.js 20), which is silent once it was collected.
 * @param what what did not happen: `no answer`
 */
export async function within<T>(
  ms: number,
  stop: AbortSignal,
  what: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  stop.throwIfAborted();
  const giving = new AbortController();
  const { promise: givenUp, reject } = withReject();
  const giveUp = (reason: unknown): void => {
    reject(reason);
    giving.abort(reason);
  };
  const timer = setTimeout(() => giveUp(new Error(`${what} within ${ms} ms`)), ms);
  const onStop = (): void => giveUp(stop.reason);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    return await Promise.race([work(giving.signal), givenUp]);
  } finally {
    clearTimeout(timer);
    stop.removeEventListener('abort', onStop);
  }
}

function withReject(): { promise: Promise<never>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<never>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
