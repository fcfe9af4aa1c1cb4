import type { SqliteDatabase } from '../../../shared/sqlite/open.ts';

export interface Faults {
  /** Steps so far: statements, and both sides of each commit. */
  readonly steps: number;
  readonly dead: boolean;
  /** From the step with this number on (1 is the next one), the process is dead. */
  dieAt(step: number): void;
}

/** A database whose process dies at a chosen step: what is under way is rolled back, and nothing it still tries reaches the file. */
export function faulty(real: SqliteDatabase): { readonly database: SqliteDatabase; readonly faults: Faults } {
  let steps = 0;
  let deadline = Number.POSITIVE_INFINITY;
  let dead = false;
  const step = (): void => {
    steps += 1;
    if (steps >= deadline && !dead) {
      dead = true;
      real.close();
    }
    if (dead) throw new Error('the process is dead');
  };
  // The real one is its prototype, so that whatever is not replaced is the real thing; the language types that as `any`.
  const database = Object.create(real, {
    prepare: {
      value(sql: string) {
        const statement = real.prepare(sql);
        for (const name of ['run', 'get', 'all'] as const) {
          const original = statement[name].bind(statement);
          Object.defineProperty(statement, name, {
            value(...parameters: unknown[]) {
              step();
              return original(...parameters);
            },
          });
        }
        return statement;
      },
    },
    transaction: {
      value(work: (argument: unknown) => unknown) {
        // The step at the end of the work comes right before COMMIT, the one after it right behind.
        const transaction = real.transaction((argument: unknown) => {
          const result = work(argument);
          step();
          return result;
        });
        const run = (begin: (argument: unknown) => unknown) => (argument: unknown) => {
          step();
          const result = begin(argument);
          step();
          return result;
        };
        return Object.assign(run(transaction), { immediate: run(transaction.immediate) });
      },
    },
  }) as SqliteDatabase;
  const faults: Faults = {
    get steps() {
      return steps;
    },
    get dead() {
      return dead;
    },
    dieAt(at) {
      deadline = steps + at;
    },
  };
  return { database, faults };
}
