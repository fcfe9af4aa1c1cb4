import { type OperatorFunction, Subject, type Subscription } from 'rxjs';
import type { Batch, Commit } from './port.ts';

/** A subscribed stage: one batch in, one commit out. */
export interface OpenStage {
  /** Rejects when the stage throws, completes, or gives no commit before `close`. */
  run(batch: Batch): Promise<Commit>;
  close(): void;
}

interface Pending {
  resolve(commit: Commit): void;
  reject(error: unknown): void;
}

/** State values are read at every take-over and kept by every owner. */
const longestStateValue = 64 * 1024;

export function openStage(stage: OperatorFunction<Batch, Commit>): OpenStage {
  const batches = new Subject<Batch>();
  let pending: Pending | undefined;
  let failure: unknown;
  const settle = (act: (waiting: Pending) => void): void => {
    const waiting = pending;
    pending = undefined;
    if (waiting !== undefined) act(waiting);
  };
  const fail = (error: unknown): void => {
    failure = error;
    settle(({ reject }) => reject(error));
  };
  const subscription: Subscription = batches.pipe(stage).subscribe({
    next: (commit) => {
      if (pending === undefined) fail(new Error('the stage gave a commit that no batch asked for'));
      else settle(({ resolve }) => resolve(commit));
    },
    error: fail,
    complete: () => fail(new Error('the stage completed')),
  });
  return {
    run: async (batch) => {
      if (failure !== undefined) throw failure;
      const commit = await new Promise<Commit>((resolve, reject) => {
        pending = { resolve, reject };
        batches.next(batch);
      });
      checkCommit(commit, batch);
      return commit;
    },
    close: () => {
      subscription.unsubscribe();
      fail(new Error('the stage was closed'));
    },
  };
}

function checkCommit({ done, state }: Commit, { records }: Batch): void {
  if (!Number.isInteger(done) || done < 0 || done > records.length) {
    throw new RangeError(`a commit over ${records.length} records cannot have ${done} done`);
  }
  for (const { key, value } of state) {
    if (value !== null && value.length > longestStateValue) {
      throw new RangeError(`state ${key} has ${value.length} characters, more than ${longestStateValue}`);
    }
  }
}
