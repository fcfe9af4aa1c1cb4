import { messageOf } from './errors.ts';

/** Named teardown steps, last in, first out, under one deadline (order on stop: sensors, queues, consumers, stores, producers, telemetry). */
export interface Lifecycle {
  /** Adds a step to run on stop. */
  onStop(name: string, step: () => Promise<void> | void): void;
  /** Runs all steps; resolves with what failed or overran. Calling it again returns the same promise. */
  stop(deadlineMs?: number): Promise<readonly string[]>;
  /** Aborted when stop begins. */
  readonly signal: AbortSignal;
}

export function createLifecycle(): Lifecycle {
  const steps: { name: string; step: () => Promise<void> | void }[] = [];
  const controller = new AbortController();
  let stopping: Promise<readonly string[]> | undefined;

  const run = async (deadlineMs: number): Promise<readonly string[]> => {
    controller.abort();
    const failed: string[] = [];
    const deadline = AbortSignal.timeout(deadlineMs);
    const overrun = new Promise<'overrun'>((resolve) => {
      deadline.addEventListener('abort', () => resolve('overrun'), { once: true });
    });
    for (const { name, step } of steps.reverse()) {
      const outcome = await Promise.race([settle(step), overrun]);
      if (outcome !== 'done') failed.push(`${name}: ${outcome}`);
    }
    return failed;
  };

  return {
    onStop: (name, step) => void steps.push({ name, step }),
    stop: (deadlineMs = 10_000) => {
      stopping ??= run(deadlineMs);
      return stopping;
    },
    signal: controller.signal,
  };
}

async function settle(step: () => Promise<void> | void): Promise<string> {
  try {
    await step();
    return 'done';
  } catch (error) {
    return messageOf(error);
  }
}
