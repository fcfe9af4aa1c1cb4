import type { Telemetry } from '../../shared/telemetry/telemetry.ts';

export interface Stop {
  /** Resolves with the exit code when a signal came (130, 143); rejects when the process cannot go on. */
  readonly code: Promise<number>;
  readonly fail: (error: Error) => void;
}

const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Waits for the end of a long-running command: the first signal drains, the second ends at once. */
export function untilStopped(telemetry: Telemetry): Stop {
  let fail: (error: Error) => void = () => undefined;
  let asked = false;
  const code = new Promise<number>((resolve, reject) => {
    fail = reject;
    for (const [name, value] of Object.entries(codes)) {
      process.on(name, () => {
        if (asked) process.exit(value);
        asked = true;
        telemetry.happened({ name: 'stopping', reason: name });
        resolve(value);
      });
    }
  });
  // Whoever waits for it handles it; until then a failure is not an unhandled one.
  code.catch(() => undefined);
  return { code, fail };
}
