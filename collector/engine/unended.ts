import type { ExecLookup, ExecRecord } from './find-exec.ts';

export interface UnendedOptions {
  readonly client: Pick<ExecLookup['client'], 'inspectExec'>;
  readonly execs: ReadonlyMap<string, ExecRecord>;
  failed(request: string, error: unknown): void;
  /** The runtime refused it: it never ran, and no event will say so. */
  refused(exec: ExecRecord, startedAt: number): void;
}

/** Waits for the ends of execs that were started. */
export interface Unended {
  started(exec: ExecRecord, at: number): void;
  close(): void;
}

/** An exec that the runtime refuses is over long before; one that ran has its `exec_die` by then. */
const graceMs = 2_000;
const mostWaiting = 1_000;

/**
 * An exec whose program cannot be started has `exec_create` and `exec_start` and no `exec_die` (catalogue L6); only its inspect tells, by an
 * exit code of 126 or 127.
 */
export function createUnended({ client, execs, failed, refused }: UnendedOptions): Unended {
  const timers = new Set<NodeJS.Timeout>();
  const look = async ({ id }: ExecRecord, at: number): Promise<void> => {
    if (execs.get(id)?.told.includes('exec_die') === true) return;
    const inspect = await client.inspectExec(id);
    const exec = execs.get(id);
    const code = inspect?.ExitCode ?? 0;
    if (inspect === undefined || inspect.Running === true || code < 126 || exec === undefined) return;
    if (!exec.told.includes('exec_die')) refused({ ...exec, inspect }, at);
  };
  return {
    started: (exec, at) => {
      if (exec.inspect === undefined || timers.size >= mostWaiting) return;
      const timer = setTimeout(() => {
        timers.delete(timer);
        look(exec, at).catch((error: unknown) => failed('exec inspect', error));
      }, graceMs);
      timers.add(timer);
    },
    close: () => {
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
