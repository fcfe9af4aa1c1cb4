import type { Command } from 'commander';
import type { GlobalFlags, MakeContext } from './context.ts';

/** `rules schema`: how rule files look, for editors. */
export function addRulesSchema(rules: Command, contextOf: MakeContext): void {
  rules
    .command('schema')
    .description('print a JSON Schema of rule files, for editors')
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const { ruleFileSchema } = await import('../analyzer/sigma/schema.ts');
      context.terminal.out(JSON.stringify(ruleFileSchema(), undefined, 2));
    });
}
