import type { Command } from 'commander';
import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import type { Correlation, Filter, Rule, RuleDocument } from '../analyzer/sigma/rule.ts';
import { correlationWords, logSourceWords } from '../analyzer/sigma/words.ts';
import { escapeControl } from '../shared/escape.ts';
import { configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { jsonLine } from './json-line.ts';
import { documentsCalled, documentsOf } from './linked-rules.ts';
import { badge } from './render.ts';
import { infoOf, reachOf } from './rule-info.ts';
import { loadConfiguredRules } from './rule-set.ts';
import type { Terminal } from './terminal.ts';

interface ShowFlags extends GlobalFlags {
  readonly json?: boolean;
}

/** `rules show`: one rule, sequence or filter in full. */
export function addRulesShow(rules: Command, contextOf: MakeContext): void {
  rules
    .command('show <rule>')
    .description('one rule, sequence or filter, by id, name or catalogue row')
    .option('--json', 'as JSON')
    .action(async (called: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ShowFlags>();
      const context = contextOf(flags);
      const { linkRules } = await import('../analyzer/sigma/compile.ts');
      const documents = documentsOf(await loadConfiguredRules(configOf(context).config));
      const found = documentsCalled(documents, called);
      const linked = linkRules(documents);
      const { terminal } = context;
      for (const document of found)
        terminal.out(
          flags.json === true ? jsonLine(infoOf(document, linked)) : describe(document, linked, terminal.colors),
        );
    });
}

/** A name and what stands behind it; nothing when there is nothing to say. */
type Fact = readonly [name: string, text: string];

function describe(document: RuleDocument, linked: LinkedRules, colors: Terminal['colors']): string {
  const badged = document.kind === 'filter' ? colors.dim('filter'.padEnd(13)) : badge(document.level, colors);
  const facts = document.kind === 'filter' ? filterFacts(document, linked) : ruleFacts(document, linked);
  const last: readonly Fact[] = [['file', `${document.file}:${document.line}`]];
  return [
    `${badged} ${colors.bold(escapeControl(document.title, 256))}`,
    ...[...facts, ...last]
      .filter(([, text]) => text !== '')
      .map(([name, text]) => `  ${colors.dim(name.padEnd(9))} ${escapeControl(text, 1_000)}`),
  ].join('\n');
}

function ruleFacts(rule: Rule | Correlation, linked: LinkedRules): readonly Fact[] {
  return [
    ['id', rule.id],
    ['rows', rule.catalogue.join(' ')],
    ['attack', [...rule.techniques, ...rule.tactics].join(' ')],
    ['about', rule.description],
    ['why', rule.why],
    ...rule.check.map((step, i): Fact => [i === 0 ? 'check' : '', step]),
    ...rule.falsePositives.map((text, i): Fact => [i === 0 ? 'also by' : '', text]),
    ...(rule.kind === 'rule' ? [] : sequenceFacts(rule)),
    ['told', linked.silent.has(rule.id) ? 'no: it only feeds a sequence' : ''],
    ['reads', rule.fields.join(' ')],
  ];
}

function sequenceFacts({ correlation }: Correlation): readonly Fact[] {
  return [
    ['complete', correlationWords(correlation)],
    ['of', correlation.rules.join(' ')],
  ];
}

function filterFacts(filter: Filter, linked: LinkedRules): readonly Fact[] {
  const { hides, neverHidden } = reachOf(filter, linked);
  const titles = (rules: readonly Rule[]): readonly string[] =>
    rules.map(({ catalogue, title }) => [...catalogue, title].join(' '));
  return [
    ['id', filter.id],
    ['events', logSourceWords(filter.logsource)],
    ['hides', `what its condition is false of, of ${hides.length} rules`],
    ...titles(hides).map((title): Fact => ['', title]),
    ...titles(neverHidden).map((title, i): Fact => [i === 0 ? 'never' : '', title]),
  ];
}
