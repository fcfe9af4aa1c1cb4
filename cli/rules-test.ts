import type { Command } from 'commander';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { configOf, type GlobalFlags, type MakeContext } from './context.ts';

/** `rules test`: the samples in rule files, each on its own rule. */
export function addRulesTest(rules: Command, contextOf: MakeContext): void {
  rules
    .command('test [path...]')
    .description('run the samples of rule files (default: the shipped rules and those of the configuration)')
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const { readRules, shippedRules } = await import('../analyzer/sigma/load.ts');
      const { compileRules } = await import('../analyzer/sigma/compile.ts');
      const { runSamples } = await import('../analyzer/sigma/samples.ts');
      const asked = paths.length > 0 ? paths : [shippedRules(), ...configOf(context).config.rules.directories];
      const { documents, problems } = await readRules(asked);
      if (documents.length === 0 && problems.length === 0) {
        throw new UserError('there are no rules in what was named', {
          fix: 'name .yml files or directories that hold some',
        });
      }
      const results = runSamples(documents, (rule, observation) => compileRules([rule]).match(observation).length > 0);
      const wrong = results.filter(({ expected, matched }) => expected !== matched);
      for (const { severity, file, line, column, message } of problems) {
        context.terminal.complain(escapeControl(`${severity}: ${file}:${line}:${column}: ${message}`, 500));
      }
      for (const { file, title, note, expected } of wrong) {
        context.terminal.complain(
          escapeControl(`${file}: ${title}: "${note}" ${expected ? 'does not match' : 'matches'}`, 500),
        );
      }
      const silent = documents.filter(({ attributes }) => attributes.samples === undefined).length;
      context.terminal.say(
        `${documents.length} rules, ${results.length} samples, ${wrong.length} wrong${silent === 0 ? '' : `, ${silent} rules without samples`}`,
      );
      if (wrong.length > 0 || problems.some(({ severity }) => severity === 'error')) context.exitWith(exitCode.failure);
    });
}
