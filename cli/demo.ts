import type { Command } from 'commander';
import type { GlobalFlags, MakeContext } from './context.ts';

/** `demo`: a recorded session, watched as a real engine would be. */
export function addDemo(program: Command, contextOf: MakeContext): void {
  program
    .command('demo')
    .description(
      'no engine needed: watch a recorded session of a host that is being attacked (takes about half a minute)',
    )
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const { runDemo } = await import('./demo/run.ts');
      context.exitWith(await runDemo(context.terminal));
    });
}
