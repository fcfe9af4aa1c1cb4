import { Subject, type Subscription } from 'rxjs';
import type { Batch, Commit, Processor } from './port.ts';

/** A subscribed stage: one batch in, exactly one commit out. */
export interface StageLink {
  /** @throws whatever the stage threw, or an error that names the broken rule. The link is of no more use then. */
  hand(batch: Batch): Promise<Commit>;
  /** Unsubscribes: the partition is not ours any more. */
  close(): void;
}

interface Waiting {
  readonly batch: Batch;
  resolve(commit: Commit): void;
  reject(error: unknown): void;
}

/** Subscribes the stage. @throws what `open` throws. */
export function openStageLink(operator: ReturnType<Processor['open']>): StageLink {
  const batches$ = new Subject<Batch>();
  let waiting: Waiting | undefined;
  let broken: { readonly error: unknown } | undefined;

  const settle = (): Waiting | undefined => {
    const settled = waiting;
    waiting = undefined;
    return settled;
  };
  const fail = (error: unknown): void => {
    broken ??= { error };
    settle()?.reject(error);
  };
  const subscription: Subscription = batches$.pipe(operator).subscribe({
    next: (commit) => {
      const asked = settle();
      if (asked === undefined) return fail(new Error('the stage made a commit that no batch asked for'));
      const problem = problemOf(commit, asked.batch);
      if (problem === undefined) return asked.resolve(commit);
      broken = { error: new Error(problem) };
      asked.reject(broken.error);
    },
    error: fail,
    complete: () => fail(new Error('the stage completed')),
  });

  return {
    hand: (batch) =>
      new Promise((resolve, reject) => {
        if (broken) return reject(broken.error);
        waiting = { batch, resolve, reject };
        batches$.next(batch);
      }),
    close: () => subscription.unsubscribe(),
  };
}

function problemOf({ done, retryAfter }: Commit, { records }: Batch): string | undefined {
  if (!Number.isInteger(done) || done < 0 || done > records.length)
    return `the stage said that ${done} of ${records.length} records are done`;
  if (retryAfter !== undefined && !(retryAfter >= 0)) return `the stage asked for a pause of ${retryAfter} ms`;
  return undefined;
}
