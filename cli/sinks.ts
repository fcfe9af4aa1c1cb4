import type { Command } from 'commander';
import type { MakeContext } from './context.ts';
import { addSinksList } from './sinks/list.ts';
import { addSinksRejected } from './sinks/rejected.ts';
import { addSinksRetry } from './sinks/retry.ts';
import { addSinksTest } from './sinks/test.ts';

/** `sinks list | test | rejected | retry`: where incidents go, and whether they arrive. */
export function addSinks(program: Command, contextOf: MakeContext): void {
  const sinks = program.command('sinks').description('where incidents go, whether they arrive, and what was refused');
  addSinksList(sinks, contextOf);
  addSinksTest(sinks, contextOf);
  addSinksRejected(sinks, contextOf);
  addSinksRetry(sinks, contextOf);
}
