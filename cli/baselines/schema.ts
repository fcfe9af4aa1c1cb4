import type { Command } from 'commander';
import { profileFileJsonSchema } from '../../shared/profile/profile.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';

/** `baselines schema`: how profiles look, for editors. */
export function addProfileSchema(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('schema')
    .description('print a JSON Schema of profiles, for editors')
    .action((_options: object, command: Command) => {
      const { terminal } = contextOf(command.optsWithGlobals<GlobalFlags>());
      terminal.out(JSON.stringify(profileFileJsonSchema(), undefined, 2));
    });
}
