import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { SampleResult } from '../analyzer/sigma/samples.ts';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { tellProblem } from './linked-rules.ts';
import { readPlaceholders } from './placeholders.ts';

/** `rules test`: the samples in rule files, each on its own rule, filter or sequence. */
export function addRulesTest(rules: Command, contextOf: MakeContext): void {
  rules
    .command('test [path...]')
    .description('run the samples of rule files (default: the shipped rules and those of the configuration)')
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const context = contextOf(command.optsWithGlobals<GlobalFlags>());
      const { results, documents, silent, failed } = await testPaths(context, paths);
      const wrong = results.filter(({ expected, matched }) => expected !== matched);
      for (const result of wrong) tellWrong(context, result);
      context.terminal.say(
        `${documents} rules, ${results.length} samples, ${wrong.length} wrong${silent === 0 ? '' : `, ${silent} rules without samples`}`,
      );
      if (wrong.length > 0 || failed) context.exitWith(exitCode.failure);
    });
}

interface Tested {
  readonly results: readonly SampleResult[];
  readonly documents: number;
  /** Documents without samples. */
  readonly silent: number;
  readonly failed: boolean;
}

/** The rules in use stand beside those asked for: a sequence or a filter may refer to them. */
async function testPaths(context: CliContext, paths: readonly string[]): Promise<Tested> {
  const { readRules, shippedRules } = await import('../analyzer/sigma/load.ts');
  const { linkRules } = await import('../analyzer/sigma/compile.ts');
  const { runSamples } = await import('../analyzer/sigma/samples.ts');
  const { directories, placeholders } = configOf(context).config.rules;
  const inUse = [shippedRules(), ...directories];
  const asked = (paths.length > 0 ? paths : inUse).map((path) => resolve(path));
  const isAsked = ({ file }: { readonly file: string }): boolean =>
    asked.some((path) => file === path || file.startsWith(`${path}/`));
  const read = await readRules([...asked, ...inUse], { placeholders: await readPlaceholders(placeholders) });
  const among = read.documents.map(({ rule }) => rule);
  const documents = read.documents.filter(({ rule }) => isAsked(rule));
  const problems = [...read.problems, ...linkRules(among).problems].filter(isAsked);
  if (documents.length === 0 && problems.length === 0) {
    throw new UserError('there are no rules in what was named', {
      fix: 'name .yml files or directories that hold some',
    });
  }
  for (const problem of problems) tellProblem(context, problem);
  return {
    results: runSamples(documents, among),
    documents: documents.length,
    silent: documents.filter(({ attributes }) => attributes.samples === undefined).length,
    failed: problems.some(({ severity }) => severity === 'error'),
  };
}

const verbs = {
  rule: ['matches', 'does not match'],
  filter: ['is hidden', 'is not hidden'],
  correlation: ['is complete', 'is not complete'],
} as const;

function tellWrong({ terminal }: CliContext, { file, title, note, expected, kind }: SampleResult): void {
  const [does, doesNot] = verbs[kind];
  terminal.complain(escapeControl(`${file}: ${title}: "${note}" ${expected ? doesNot : does}`, 500));
}
