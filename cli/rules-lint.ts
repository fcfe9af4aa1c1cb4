import { realpath } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { LintProblem } from '../analyzer/sigma/lint/check.ts';
import type { LintDocument } from '../analyzer/sigma/lint/document.ts';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { sarifOf } from './sarif.ts';

interface LintFlags extends GlobalFlags {
  readonly format: 'text' | 'json' | 'sarif';
  readonly strict?: boolean;
}

/** `rules lint`: everything that is wrong or odd in rule files, each with its place. */
export function addRulesLint(rules: Command, contextOf: MakeContext): void {
  rules
    .command('lint <path...>')
    .description('what is wrong or odd in rule files (exit code 1 when something is wrong)')
    .addOption(
      new Option('--format <format>', 'text, json (one object a line) or sarif')
        .choices(['text', 'json', 'sarif'])
        .default('text'),
    )
    .option('--strict', 'exit code 1 for what is odd, too')
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<LintFlags>();
      const context = contextOf(flags);
      const { problems, documents, kinds } = await lintPaths(context, paths);
      if (documents === 0 && problems.length === 0)
        throw new UserError('there are no rules in what was named', {
          fix: 'name .yml files or directories that hold some',
        });
      write(context, flags.format, { problems, kinds });
      const count = (severity: LintProblem['severity']): number =>
        problems.filter((problem) => problem.severity === severity).length;
      context.terminal.say(`${documents} rules, ${count('error')} errors, ${count('warning')} warnings`);
      if (count('error') > 0 || (flags.strict === true && problems.length > 0)) context.exitWith(exitCode.failure);
    });
}

interface Linted {
  readonly problems: readonly LintProblem[];
  readonly documents: number;
  /** Every kind of problem that there is. */
  readonly kinds: readonly { readonly id: string; readonly about: string }[];
}

/** The rules that are in use are loaded along: an id that is taken or a rule that is referred to may be among them. */
async function lintPaths(context: CliContext, paths: readonly string[]): Promise<Linted> {
  const { createRuleLoader } = await import('../analyzer/sigma/reload.ts');
  const { ruleLanguage } = await import('../analyzer/sigma/rule-language.ts');
  const { shippedRules } = await import('../analyzer/sigma/load.ts');
  const { checks, lint, loaderKinds } = await import('../analyzer/sigma/lint/lint.ts');
  const { lintDocuments } = await import('../analyzer/sigma/lint/document.ts');
  const asked = await Promise.all(paths.map(realPathOf));
  const { directories, placeholders } = configOf(context).config.rules;
  const inUse = await Promise.all([shippedRules(), ...directories].map(realPathOf));
  const isAsked = (file: string): boolean => asked.some((path) => file === path || file.startsWith(`${path}/`));
  const documents: LintDocument[] = [];
  const loader = createRuleLoader({
    paths: [...inUse, ...asked],
    placeholders,
    language: {
      ...ruleLanguage,
      parse: (text, file, values) => {
        if (isAsked(file.path)) documents.push(...lintDocuments(text, file.path));
        return ruleLanguage.parse(text, file, values);
      },
    },
    clock: Date.now,
  });
  const { set } = await loader.load(await loader.find());
  const found = lint(
    documents,
    set.problems.filter(({ file }) => isAsked(file)),
  );
  const problems = found.map((problem) => ({ ...problem, file: shownPath(problem.file) }));
  return { problems, documents: documents.length, kinds: [...loaderKinds, ...checks] };
}

/** One file has one name here, whatever links lead to it. */
const realPathOf = (path: string): Promise<string> => realpath(path).catch(() => resolve(path));

/** As people name it who stand in this directory. */
function shownPath(file: string): string {
  const path = relative(process.cwd(), file);
  return path.startsWith('..') ? file : path;
}

function write(
  { terminal, version }: CliContext,
  format: LintFlags['format'],
  { problems, kinds }: Pick<Linted, 'problems' | 'kinds'>,
): void {
  if (format === 'sarif') {
    const sarif = sarifOf(problems, { version, directory: process.cwd(), rules: kinds });
    terminal.out(JSON.stringify(sarif, undefined, 2));
    return;
  }
  for (const problem of problems) {
    const { severity, file, line, column, message, check } = problem;
    terminal.out(
      format === 'json'
        ? JSON.stringify(problem)
        : escapeControl(`${severity}: ${file}:${line}:${column}: ${message} [${check}]`, 700),
    );
  }
}
