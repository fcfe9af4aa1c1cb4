import type { Command } from 'commander';
import type { RuleInfo, RuleSet } from '../analyzer/sigma/rule.ts';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { badge } from './render.ts';
import { loadConfiguredRules } from './rule-set.ts';
import { addRulesEval } from './rules-eval.ts';
import { addRulesExplain } from './rules-explain.ts';
import { addRulesLint } from './rules-lint.ts';
import { addRulesSchema } from './rules-schema.ts';
import { addRulesStats } from './rules-stats.ts';
import { addRulesTest } from './rules-test.ts';
import { readRunningRules } from './running-rules.ts';
import { tableLines } from './table.ts';

interface RulesFlags extends GlobalFlags {
  readonly json?: boolean;
}

/** `rules list | show | test | eval | lint | schema`: what is looked for, and what was refused. */
export function addRules(program: Command, contextOf: MakeContext): void {
  const rules = program.command('rules').description('what is looked for');

  rules
    .command('list')
    .description('all rules, and what is wrong with those that were refused')
    .option('--json', 'one JSON object a rule')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<RulesFlags>();
      const context = contextOf(flags);
      const set = await loadConfiguredRules(configOf(context).config);
      if (flags.json === true) for (const rule of set.rules) context.terminal.out(JSON.stringify(infoOf(rule)));
      else for (const line of tableLines(header, set.rules.map(row))) context.terminal.out(line);
      tellProblems(context, set);
      await tellRunning(context, set);
    });

  addRulesTest(rules, contextOf);
  addRulesEval(rules, contextOf);
  addRulesExplain(rules, contextOf);
  addRulesLint(rules, contextOf);
  addRulesStats(rules, contextOf);
  addRulesSchema(rules, contextOf);

  rules
    .command('show <rule>')
    .description('one rule, by id or catalogue row')
    .option('--json', 'as JSON')
    .action(async (name: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<RulesFlags>();
      const context = contextOf(flags);
      const set = await loadConfiguredRules(configOf(context).config);
      const found = set.rules.filter(({ id, catalogue }) => id === name || catalogue.includes(name.toUpperCase()));
      if (found.length === 0)
        throw new UserError(`no rule has the id or row ${escapeControl(name, 80)}`, {
          fix: 'see `moorwatch rules list`',
        });
      for (const rule of found)
        context.terminal.out(flags.json === true ? JSON.stringify(infoOf(rule)) : describe(rule, context));
    });
}

/** Exit code 1 when a rule was refused. */
function tellProblems({ terminal, exitWith }: CliContext, { rules, problems }: RuleSet): void {
  for (const { severity, file, line, column, message } of problems)
    terminal.complain(escapeControl(`${severity}: ${file}:${line}:${column}: ${message}`, 500));
  terminal.say(`${rules.length} rules`);
  if (problems.some(({ severity }) => severity === 'error')) exitWith(exitCode.failure);
}

/** The files are what will be; what a running analyzer judges by may be older. */
async function tellRunning(context: CliContext, { hash }: RuleSet): Promise<void> {
  const { terminal } = context;
  for (const running of await readRunningRules(context)) {
    const { process, kept, keptCount, unreadable } = running;
    for (const { file, message } of unreadable)
      terminal.complain(escapeControl(`${process}: ${file}: ${message}`, 500));
    for (const { file, rules, since } of kept)
      terminal.complain(
        escapeControl(`${process} uses ${rules} rules of ${file} as read at ${new Date(since).toISOString()}`, 500),
      );
    if (keptCount > kept.length)
      terminal.complain(escapeControl(`${process}: and ${keptCount - kept.length} more files`, 200));
    if (running.hash !== hash && keptCount === 0)
      terminal.complain(
        escapeControl(
          `${process} judges by other rules than these (${running.loaded}, ${running.hash.slice(0, 12)})`,
          200,
        ),
      );
  }
}

const header = ['ROWS', 'LEVEL', 'NATURE', 'TITLE', 'ID'];

const row = ({ catalogue, level, nature, title, id }: RuleInfo): readonly string[] => [
  catalogue.join(' ') || '-',
  level,
  nature,
  title,
  id,
];

/** A rule without its compiled part. */
function infoOf(rule: RuleInfo): object {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => typeof value !== 'function'));
}

function describe(rule: RuleInfo, { terminal: { colors } }: CliContext): string {
  const line = (name: string, text: string): string[] =>
    text === '' ? [] : [`  ${colors.dim(name.padEnd(9))} ${escapeControl(text, 1_000)}`];
  return [
    `${badge(rule.level, colors)} ${colors.bold(escapeControl(rule.title, 256))}`,
    ...line('id', rule.id),
    ...line('rows', rule.catalogue.join(' ')),
    ...line('attack', [...rule.techniques, ...rule.tactics].join(' ')),
    ...line('about', rule.description),
    ...line('why', rule.why),
    ...rule.check.flatMap((step, i) => line(i === 0 ? 'check' : '', step)),
    ...rule.falsePositives.flatMap((text, i) => line(i === 0 ? 'also by' : '', text)),
    ...line('reads', rule.fields.join(' ')),
    ...line('file', `${rule.file}:${rule.line}`),
  ].join('\n');
}
