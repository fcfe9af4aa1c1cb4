import type { Command } from 'commander';
import type { HuntedPage } from '../analyzer/hunt.ts';
import type { RuleSet } from '../analyzer/sigma/rule.ts';
import type { Bus } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import type { Config } from '../shared/config/schema.ts';
import type { Decision } from '../shared/decision.ts';
import { type Finding, findingRecordSchema, severities, severityRank } from '../shared/finding.ts';
import { profileIn } from './baselines/read-file.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext, stateOf } from './context.ts';
import { print } from './findings.ts';
import { createTally, tallyLines } from './hunt-tally.ts';
import { untilInterrupted } from './interrupt.ts';
import { tellProblem } from './linked-rules.ts';
import { choice } from './options.ts';
import { openLogToRead } from './processes/log-to-read.ts';
import { openRules, openRulesAt } from './rule-set.ts';
import { parseSince } from './time.ts';

interface HuntFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly since?: number;
  readonly until?: number;
  readonly rule?: readonly string[];
  readonly severity?: Finding['severity'];
  readonly baselines?: boolean;
  readonly profile?: readonly string[];
  readonly new?: boolean;
}

const time = (text: string): number => parseSince(text, Date.now());

/** `hunt`: rules and profiles over the history of the log. */
export function addHunt(program: Command, contextOf: MakeContext): void {
  program
    .command('hunt [path...]')
    .description(
      'what rules would have found in the log; prints, and changes nothing (default: the shipped rules and yours)',
    )
    .option('--since <time>', 'begin with what was logged 15m, 2h, 3d ago, or at a time (default: all)', time)
    .option('--until <time>', 'end with what was logged then (default: all)', time)
    .option('--rule <rule...>', 'only findings of these rules: id, or row of the catalogue')
    .addOption(choice('--severity <severity>', 'only findings of at least this severity', severities))
    .option('--baselines', 'learn baselines as the analyzer does, and print deviations too')
    .option('--profile <file...>', 'also judge workloads by these profiles, as if they had been pinned')
    .option('--new', 'only what was not found when it happened')
    .option('--json', 'one JSON object a finding')
    .action(async (paths: readonly string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<HuntFlags>();
      const context = contextOf(flags);
      const interrupted = untilInterrupted();
      await huntThrough(context, { flags, paths, signal: interrupted.signal });
      context.exitWith(interrupted.code());
    });
}

interface Asked {
  readonly flags: HuntFlags;
  readonly paths: readonly string[];
  readonly signal: AbortSignal;
}

async function huntThrough(context: CliContext, { flags, paths, signal }: Asked): Promise<void> {
  const loaded = configOf(context);
  const { config } = loaded;
  const decisions = (flags.profile ?? []).flatMap((file) => pinned(file));
  const rules = await rulesFor(context, { config, paths });
  const { hunt } = await import('../analyzer/hunt.ts');
  const { wording } = await import('../analyzer/sigma/wording.ts');
  const log = await openLogToRead(config, stateOf(context, loaded));
  const tally = createTally();
  try {
    const isWanted = wanted(flags, flags.new === true ? await idsFound(log, signal) : new Set());
    const pages = hunt({
      log,
      rules,
      wording,
      // Without learning, a pinned feature still judges: enforcing needs nothing learned.
      baselines: { ...config.baselines, enabled: flags.baselines === true || decisions.length > 0 },
      decisions,
      from: flags.since === undefined ? 'oldest' : { logged: flags.since },
      until: flags.until ?? Number.POSITIVE_INFINITY,
      signal,
    });
    for await (const page of pages) tell(page, isWanted);
  } finally {
    await log.close();
  }
  for (const line of tallyLines(tally, rules.rules.length)) context.terminal.say(line);

  function tell(page: HuntedPage, isWanted: (finding: Finding) => boolean): void {
    const found = page.findings.filter(isWanted);
    for (const finding of found) print(context, flags, finding);
    tally.note(page, found);
  }
}

async function rulesFor(
  context: CliContext,
  { config, paths }: { config: Config; paths: readonly string[] },
): Promise<RuleSet> {
  const { prepareRules } = await import('../analyzer/sigma/load-prepare.ts');
  const { set } = paths.length === 0 ? await openRules(config) : await openRulesAt(paths, config.rules.placeholders);
  for (const problem of set.problems) if (problem.severity === 'error') tellProblem(context, problem);
  await prepareRules(set);
  return set;
}

/** A profile as the decisions that pin it: what is not in it is found. */
function pinned(file: string): readonly Decision[] {
  const { host, workload, features } = profileIn(file);
  const { id, name } = workload;
  return features.map((feature) => ({
    id: `hunt/${host.id}/${id}/${feature.name}`.slice(0, 256),
    at: 0,
    host,
    actor: { name: 'hunt', role: 'administer' },
    reason: 'hunt',
    order: {
      type: 'import',
      workload: id,
      workloadName: name || id,
      feature: feature.name,
      mode: 'enforce',
      items: [...feature.items],
    },
  }));
}

function wanted(flags: HuntFlags, known: ReadonlySet<string>): (finding: Finding) => boolean {
  const { rule, severity = 'informational', baselines, profile } = flags;
  const rules = rule && new Set(rule.flatMap((called) => [called, called.toUpperCase()]));
  return (finding) => {
    const { kind, digest } = finding;
    if (severityRank(finding.severity) < severityRank(severity) || known.has(finding.id)) return false;
    if (rules !== undefined && ![finding.rule.id, ...finding.rule.catalogue].some((one) => rules.has(one)))
      return false;
    return (
      kind !== 'deviation' || baselines === true || (profile !== undefined && digest !== true && isPinned(finding))
    );
  };
}

/** Without --baselines only what a profile says is told, not what else is being learned. */
const isPinned = ({ severity }: Finding): boolean => severityRank(severity) >= severityRank('high');

/** What was found when it happened; the ids of findings are derived, so that the same one has the same id now. */
async function idsFound(log: Pick<Bus, 'read'>, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for await (const { records } of log.read(topic.findings, { from: 'oldest', follow: false, signal }))
    for (const { value } of records) {
      const { data } = findingRecordSchema.safeParse(parsed(value));
      if (data?.type === 'finding') ids.add(data.finding.id);
    }
  return ids;
}

function parsed(value: string | null): unknown {
  try {
    return JSON.parse(value ?? 'null');
  } catch {
    return null;
  }
}
