import type { Command } from 'commander';
import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import type { RuleDocument, RuleSet } from '../analyzer/sigma/rule.ts';
import { exitCode } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { jsonLine } from './json-line.ts';
import { documentsOf, tellProblem } from './linked-rules.ts';
import { infoOf, reachOf } from './rule-info.ts';
import { loadConfiguredRules } from './rule-set.ts';
import { hiddenText, type RunningRules, readRunningRules } from './running-rules.ts';
import { tableLines } from './table.ts';

interface ListFlags extends GlobalFlags {
  readonly json?: boolean;
}

/** `rules list`: everything that is in use, what was refused, and what running analyzers judge by. */
export function addRulesList(rules: Command, contextOf: MakeContext): void {
  rules
    .command('list')
    .description('all rules, sequences and filters, and what is wrong with those that were refused')
    .option('--json', 'one JSON object a rule')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<ListFlags>();
      const context = contextOf(flags);
      const { linkRules } = await import('../analyzer/sigma/compile.ts');
      const set = await loadConfiguredRules(configOf(context).config);
      const documents = documentsOf(set);
      const linked = linkRules(documents);
      if (flags.json === true)
        for (const document of documents) context.terminal.out(jsonLine(infoOf(document, linked)));
      else {
        const rows = documents.map((document) => row(document, linked));
        for (const line of tableLines(header, rows)) context.terminal.out(line);
      }
      tellProblems(context, set);
      for (const running of await readRunningRules(context)) tellRunning(context, running, set);
    });
}

const header = ['ROWS', 'LEVEL', 'NATURE', 'TITLE', 'ID'];

function row(document: RuleDocument, linked: LinkedRules): readonly string[] {
  const { title, id } = document;
  if (document.kind === 'filter') return ['-', '-', 'filter', `${title} (${reachText(document, linked)})`, id];
  const nature = document.kind === 'correlation' ? 'sequence' : document.nature;
  return [document.catalogue.join(' ') || '-', document.level, nature, title, id];
}

function reachText(filter: Extract<RuleDocument, { kind: 'filter' }>, linked: LinkedRules): string {
  const { hides, neverHidden } = reachOf(filter, linked);
  return `of ${hides.length} rules${neverHidden.length === 0 ? '' : `, ${neverHidden.length} are never hidden`}`;
}

/** Exit code 1 when a rule was refused. */
function tellProblems(context: CliContext, { rules, correlations, filters, problems }: RuleSet): void {
  for (const problem of problems) tellProblem(context, problem);
  const others = [
    [correlations.length, 'sequences'],
    [filters.length, 'filters'],
  ] as const;
  const more = others.flatMap(([count, name]) => (count === 0 ? [] : `, ${count} ${name}`)).join('');
  context.terminal.say(`${rules.length} rules${more}`);
  if (problems.some(({ severity }) => severity === 'error')) context.exitWith(exitCode.failure);
}

/** The files are what will be; what a running analyzer judges by may be older. */
function tellRunning({ terminal }: CliContext, running: RunningRules, { hash }: Pick<RuleSet, 'hash'>): void {
  const { process, kept, keptCount, unreadable } = running;
  const tell = (text: string): void => terminal.complain(escapeControl(`${process}${text}`, 500));
  for (const { file, message } of unreadable) tell(`: ${file}: ${message}`);
  for (const { file, rules, since } of kept)
    tell(` uses ${rules} rules of ${file} as read at ${new Date(since).toISOString()}`);
  if (keptCount > kept.length) tell(`: and ${keptCount - kept.length} more files`);
  if (running.hash !== hash && keptCount === 0)
    tell(` judges by other rules than these (${running.loaded}, ${running.hash.slice(0, 12)})`);
  const hidden = hiddenText(running);
  if (hidden !== undefined) terminal.say(escapeControl(`${process}: ${hidden}`, 500));
}
