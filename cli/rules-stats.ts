import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { LinkedRules } from '../analyzer/sigma/compile.ts';
import { parseEvent } from '../analyzer/sigma/event-json.ts';
import type { MeasuredEvents, RuleStats } from '../analyzer/sigma/rule-stats.ts';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { decodeObservation, isRecord } from '../shared/observation.ts';
import type { CliContext, GlobalFlags, MakeContext } from './context.ts';
import { jsonLine } from './json-line.ts';
import { documentsOf, linkRulesAt } from './linked-rules.ts';
import { tableLines } from './table.ts';

interface StatsFlags extends GlobalFlags {
  readonly events?: string;
  readonly plain?: boolean;
  readonly json?: boolean;
}

/** `rules stats`: how much work the rules are, and why some are tried on every event. */
export function addRulesStats(rules: Command, contextOf: MakeContext): void {
  rules
    .command('stats [path...]')
    .description('how well the index over the rules works (default: the shipped rules and those of the configuration)')
    .option('--events <file>', 'measure on events, one JSON object a line; - is standard input')
    .option('--plain', 'the events are any objects, no observations: every rule is tried on every event')
    .option('--json', 'as one JSON object')
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<StatsFlags>();
      const context = contextOf(flags);
      const linked = await linkRulesAt(context, paths);
      const { measureRules } = await import('../analyzer/sigma/rule-stats.ts');
      const { observationFields, plainFields } = await import('../analyzer/sigma/fields.ts');
      const { stats, detector } = measureRules(linked, flags.plain === true ? plainFields : observationFields);
      const measured =
        flags.events === undefined
          ? undefined
          : await measure(context, flags.events, flags.plain === true ? plainMeter(detector) : await meterOf(linked));
      if (flags.json === true) context.terminal.out(jsonLine({ ...stats, ...(measured && { measured }) }));
      else for (const line of statsLines(stats, measured)) context.terminal.out(line);
    });
}

/** Takes the text of one event; says in the end what became of all. */
interface Meter {
  /** @throws Error for what is no event */
  take(text: string): void;
  measured(): Promise<readonly MeasuredEvents[]>;
}

function plainMeter({
  match,
  matcher,
}: ReturnType<typeof import('../analyzer/sigma/compile.ts').createDetector>): Meter {
  return {
    take(text) {
      const event = parseEvent(text);
      if (!isRecord(event)) throw new Error('an event is a JSON object');
      match(event);
    },
    async measured() {
      const { measuredOf } = await import('../analyzer/sigma/rule-stats.ts');
      return [measuredOf('', matcher.stats())];
    },
  };
}

/** Observations, routed by their log sources as in the analyzer. */
async function meterOf(linked: LinkedRules): Promise<Meter> {
  const { compileRules } = await import('../analyzer/sigma/compile.ts');
  const { measuredOf } = await import('../analyzer/sigma/rule-stats.ts');
  const set = compileRules(documentsOf(linked));
  return {
    take: (text) => void set.match(decodeObservation(text, '')),
    measured: async () => [...set.stats()].map(([logsource, stats]) => measuredOf(logsource, stats)),
  };
}

/** Lines that are told one by one; of the rest only how many there are. */
const mostTold = 20;

async function measure(
  { terminal, exitWith }: CliContext,
  file: string,
  meter: Meter,
): Promise<readonly MeasuredEvents[]> {
  let number = 0;
  let bad = 0;
  try {
    const input = file === '-' ? process.stdin : createReadStream(file);
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      if (line.trim() === '') continue;
      try {
        meter.take(line);
      } catch (error) {
        bad += 1;
        if (bad <= mostTold) terminal.complain(escapeControl(`line ${number}: ${messageOf(error)}`, 300));
      }
    }
  } catch (error) {
    throw new UserError(escapeControl(`${file}: ${messageOf(error)}`, 300), {
      fix: 'name a file with one event a line, or - for standard input',
      cause: error,
    });
  }
  if (bad > mostTold) terminal.complain(`and ${bad - mostTold} more lines`);
  if (bad > 0) exitWith(exitCode.failure);
  return meter.measured();
}

function statsLines(stats: RuleStats, measured: readonly MeasuredEvents[] | undefined): readonly string[] {
  const { witnesses, always, alwaysShare } = stats;
  const facts: readonly (readonly [string, string])[] = [
    ['rules', `${stats.rules}`],
    ['sequences', `${stats.sequences}`],
    ['filters', `${stats.filters}`],
    ['predicates', `${stats.predicates} different tests over ${stats.atoms} facts that one scan of an event settles`],
    ['witnesses', `${witnesses.literal} rules wait for a literal, ${witnesses.field} for a field with a text`],
    ['always', `${witnesses.always} rules are tried on every event of their log source (${percent(alwaysShare)})`],
  ];
  return [
    ...facts.map(([name, text]) => `${name.padEnd(11)} ${text}`),
    ...always.flatMap(({ title, label, file, line, why }) => [
      `  ${escapeControl(`${title} (${label}, ${file}:${line})`, 400)}`,
      ...why.map((part) => `    ${escapeControl(part, 300)}`),
    ]),
    ...(measured === undefined ? [] : ['', ...measuredLines(measured)]),
  ];
}

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

function measuredLines(measured: readonly MeasuredEvents[]): readonly string[] {
  const perEvent = (count: number, events: number): string => (events === 0 ? '-' : (count / events).toFixed(2));
  const header = ['EVENTS', 'RULES', 'TRIED/EVENT', 'MATCHED/EVENT', 'LOG SOURCE'];
  const rows = measured.map(({ logsource, rules, events, candidates, matches }) => [
    `${events}`,
    `${rules}`,
    perEvent(candidates, events),
    perEvent(matches, events),
    logsource || 'all',
  ]);
  return tableLines(header, rows);
}
