import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import type { Evaluator } from '../analyzer/sigma/evaluate.ts';
import type { RuleProblem } from '../analyzer/sigma/rule.ts';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import type { CliContext, GlobalFlags, MakeContext } from './context.ts';
import { readPlaceholders } from './placeholders.ts';

interface EvalFlags extends GlobalFlags {
  readonly rules: readonly string[];
  readonly product?: string;
  readonly category?: string;
  readonly service?: string;
  readonly placeholders?: string;
  readonly timeField?: string;
  readonly skipInvalid?: boolean;
  readonly cache: boolean;
}

/** `rules eval`: rules over NDJSON on standard input, with the engine of the analyzer. */
export function addRulesEval(rules: Command, contextOf: MakeContext): void {
  rules
    .command('eval')
    .description('which rules are true of which events (NDJSON on standard input)')
    .requiredOption('--rules <path...>', 'rule files or directories')
    .option('--product <name>', 'log source of the events; without one every rule is tried on every event')
    .option('--category <name>')
    .option('--service <name>')
    .option('--placeholders <file>', 'values of placeholders: a YAML or JSON map of names to lists')
    .option('--time-field <name>', 'field with the time of an event (RFC 3339 or epoch seconds), for correlations')
    .option('--skip-invalid', 'go on without the rules that are refused')
    .option('--no-cache', 'read the rules anew')
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<EvalFlags>();
      const context = contextOf(flags);
      const linked = await loadLinked(context, flags);
      if (linked !== undefined) await evaluateInput(context, flags, linked);
    });
}

/** Undefined when a rule was refused and that ends it. */
async function loadLinked(context: CliContext, flags: EvalFlags): Promise<LinkedRules | undefined> {
  const { loadCached } = await import('../analyzer/sigma/load-cached.ts');
  const { linkRules } = await import('../analyzer/sigma/compile.ts');
  const placeholders = await readPlaceholders(flags.placeholders);
  const directory = flags.cache ? cacheDirectory(context) : undefined;
  const { documents, problems } = await loadCached(flags.rules, { placeholders, directory });
  const linked = linkRules(documents);
  const all = [...problems, ...linked.problems];
  for (const problem of all) tellProblem(context, problem, flags.skipInvalid === true);
  const refused = all.filter(({ severity }) => severity === 'error').length;
  if (refused > 0 && flags.skipInvalid !== true) {
    context.terminal.complain(
      `${refused} errors; \`rules lint\` tells more, --skip-invalid goes on without these rules`,
    );
    context.exitWith(exitCode.failure);
    return undefined;
  }
  if (linked.rules.length === 0)
    throw new UserError('there are no rules in what was named', {
      fix: 'name .yml files or directories that hold some',
    });
  if (linked.correlations.length > 0 && flags.timeField === undefined)
    throw new UserError('there are correlations among the rules, which need the time of the events', {
      fix: 'name the field that holds it with --time-field',
      code: exitCode.usage,
    });
  return linked;
}

function tellProblem({ terminal }: CliContext, problem: RuleProblem, isSkipped: boolean): void {
  const { severity, file, line, column, message } = problem;
  const what = severity === 'error' && isSkipped ? 'skipped' : severity;
  terminal.complain(escapeControl(`${what}: ${file}:${line}:${column}: ${message}`, 500));
}

function cacheDirectory({ environment: { xdg, home } }: CliContext): string | undefined {
  const base = xdg.cacheHome ?? (home === undefined ? undefined : join(home, '.cache'));
  return base === undefined ? undefined : join(base, 'moorwatch');
}

/** Lines that are told one by one; of the rest only how many there are. */
const mostTold = 20;

async function evaluateInput(context: CliContext, flags: EvalFlags, linked: LinkedRules): Promise<void> {
  const { createEvaluator } = await import('../analyzer/sigma/evaluate.ts');
  const { createCorrelator } = await import('../analyzer/sigma/correlation/correlator.ts');
  const { createMemoryStore } = await import('../analyzer/sigma/correlation/memory-store.ts');
  const { product, category, service, timeField } = flags;
  const named = product !== undefined || category !== undefined || service !== undefined;
  const logsource = { ...(product && { product }), ...(category && { category }), ...(service && { service }) };
  const store = createMemoryStore();
  const inexact = new Map<string, number>();
  let bad = 0;
  const evaluator = createEvaluator(linked, {
    logsource: named ? logsource : undefined,
    timeField,
    correlator: createCorrelator(linked.correlations, store, {
      onInexact: ({ label }, why) => {
        const what = `${label}: ${why}`;
        inexact.set(what, (inexact.get(what) ?? 0) + 1);
      },
    }),
    onProblem: (line, message) => {
      bad += 1;
      if (bad <= mostTold) context.terminal.complain(escapeControl(`line ${line}: ${message}`, 300));
    },
  });
  await stream(evaluator);
  if (bad > mostTold) context.terminal.complain(`and ${bad - mostTold} more lines`);
  if (bad > 0) context.exitWith(exitCode.failure);
  const { hidden, timeless } = evaluator.counts;
  if (hidden > 0) context.terminal.say(`${hidden} matches hidden by filters`);
  if (timeless > 0)
    context.terminal.complain(`${timeless} events had no time in ${timeField ?? ''}: correlations did not count them`);
  if (store.evicted > 0) context.terminal.complain(`${store.evicted} groups of correlations had to give way to others`);
  for (const [what, count] of inexact)
    context.terminal.complain(escapeControl(`correlation ${what} (${count} times)`, 300));
}

/** Back-pressure is the stream's: no more is read than is written. */
async function stream(evaluator: Evaluator): Promise<void> {
  const transform = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, evaluator.feed(chunk));
    },
    flush(done) {
      done(null, evaluator.end());
    },
  });
  try {
    await pipeline(process.stdin, transform, process.stdout);
  } catch (error) {
    // Whoever read our output has what they wanted (`| head`).
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}
