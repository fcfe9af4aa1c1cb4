import { beforeEach } from 'vitest';

let again = false;

// A set-up file of the tiers with real parts (vitest.config.ts), whose tests may be tried a second time.
beforeEach(({ task }) => {
  again = (task.result?.retryCount ?? 0) > 0;
});

/** Whether the test that runs failed once, and what it made then may still be there. */
export const isAgain = (): boolean => again;
