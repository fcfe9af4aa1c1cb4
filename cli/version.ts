import type { Command } from 'commander';
import type { GlobalFlags, MakeContext } from './context.ts';

/** `version`: ours and what we run on. */
export function addVersion(program: Command, contextOf: MakeContext): void {
  program
    .command('version')
    .description('version of Moorwatch and of what it runs on')
    .option('--json', 'as one JSON object')
    .action((_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { json?: boolean }>();
      const { terminal, version } = contextOf(flags);
      const facts = {
        moorwatch: version,
        node: process.versions.node,
        platform: `${process.platform}-${process.arch}`,
      };
      if (flags.json === true) terminal.out(JSON.stringify(facts));
      else terminal.out(`moorwatch ${facts.moorwatch} on Node ${facts.node}, ${facts.platform}`);
    });
}
