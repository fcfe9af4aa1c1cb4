import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../shared/errors.ts';

/** Runs a reader of the log until the signal; one that fails is started again a second later, from where it was. */
export async function persist(
  run: () => Promise<void>,
  options: { readonly signal: AbortSignal; onFailure(reason: string): void; readonly pauseMs?: number },
): Promise<void> {
  const { signal, pauseMs = 1_000 } = options;
  while (!signal.aborted) {
    try {
      await run();
    } catch (error) {
      if (!signal.aborted) options.onFailure(`the log cannot be read: ${messageOf(error)}`);
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
}
