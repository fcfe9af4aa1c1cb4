import { type Command, Option } from 'commander';
import type { RowCoverage } from '../analyzer/catalogue/coverage.ts';
import type { RuleSet } from '../analyzer/sigma/rule.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { countsText, coverageCells, coverageMarkdown } from './coverage-text.ts';
import { jsonLine } from './json-line.ts';
import { documentsOf, tellProblem } from './linked-rules.ts';
import { loadConfiguredRules } from './rule-set.ts';
import { tableLines } from './table.ts';

interface CoverageFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** `rules coverage`: the catalogue, row by row, and what of the rules in use finds each. */
export function addRulesCoverage(rules: Command, contextOf: MakeContext): void {
  rules
    .command('coverage')
    .description('the catalogue of what there is to be seen: which rule finds each row, and what it misses')
    .addOption(new Option('--json', 'one JSON object a row').conflicts('markdown'))
    .option('--markdown', 'the tables of docs/coverage.md')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<CoverageFlags>();
      const context = contextOf(flags);
      const set = await loadConfiguredRules(configOf(context).config);
      const coverage = await coverageBy(set);
      for (const problem of set.problems) if (problem.severity === 'error') tellProblem(context, problem);
      print(context, flags, coverage);
    });
}

function print({ terminal }: CliContext, flags: CoverageFlags, coverage: readonly RowCoverage[]): void {
  if (flags.json === true) for (const row of coverage) terminal.out(jsonLine(row));
  else if (flags.markdown === true) terminal.out(coverageMarkdown(coverage));
  else
    for (const line of tableLines(['ROW', 'TIER', 'NAME', 'COVERED BY', 'MISSED'], coverage.map(coverageCells), 200))
      terminal.out(line);
  terminal.say(countsText(coverage));
}

/** What these rules and the baselines find of the catalogue. */
export async function coverageBy(set: RuleSet): Promise<readonly RowCoverage[]> {
  const [{ loadCatalogue }, { coverageOf }, { features }, { quantityRules }] = await Promise.all([
    import('../analyzer/catalogue/load.ts'),
    import('../analyzer/catalogue/coverage.ts'),
    import('../analyzer/baselines/features/index.ts'),
    import('../analyzer/baselines/quantities/index.ts'),
  ]);
  const documents = documentsOf(set);
  return coverageOf(await loadCatalogue(), {
    documents,
    silent: set.silent,
    features: [...features, ...quantityRules],
  });
}
