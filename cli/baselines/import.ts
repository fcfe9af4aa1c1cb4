import type { Command } from 'commander';
import { exitCode, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { keptText } from '../../shared/item-text.ts';
import { diffLines, diffProfiles, type FeatureDiff } from '../../shared/profile/diff.ts';
import { mergedProfile } from '../../shared/profile/merge.ts';
import {
  type Mode,
  modes,
  mostItems,
  type Profile,
  type ProfileFeature,
  profileOf,
} from '../../shared/profile/profile.ts';
import { quoted } from '../../shared/quoted.ts';
import { type Api, connectApi } from '../client/api.ts';
import type { CliContext, MakeContext } from '../context.ts';
import { choice, portOption } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { type DecisionFlags, decideAndWait } from './decide.ts';
import { checkFeatures, checkSubject } from './feature-names.ts';
import { hostOption } from './host-option.ts';
import { profileIn } from './read-file.ts';
import { type Target, targetOf } from './target.ts';

interface ImportFlags extends Omit<DecisionFlags, 'reason'> {
  readonly reason?: string;
  readonly host?: string;
  readonly workload?: string;
  readonly mode?: Mode;
  readonly dryRun?: boolean;
}

/** `baselines import`: a profile becomes what a workload may do. */
export function addImport(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('import <file> [others...]')
    .description(
      'makes a profile what its workload may do, instead of what was learned; of several files what any of them allows; prints first what that changes',
    )
    .addOption(hostOption('for a workload of which host (name or id; default: the profile’s)'))
    .option('--workload <name>', 'for which workload (name or id; default: the profile’s)')
    .addOption(choice('--mode <mode>', 'instead of what the profile says: enforce makes deviations high', modes))
    .option('--dry-run', 'only print what it would change')
    .option('--reason <text>', 'why, for the audit log (required, but with --dry-run)')
    .option('--owner <name>', 'who decides (default: the name of your account)')
    .addOption(portOption())
    .action(async (file: string, others: string[], _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ImportFlags>();
      const context = contextOf(flags);
      const { reason, dryRun } = flags;
      if (reason === undefined && dryRun !== true) throw noReason();
      const profile = profileFrom([file, ...others], flags.mode);
      const api = connectApi(context);
      const target = await targetOf(api, profile, flags);
      const decision = dryRun === true || reason === undefined ? undefined : { ...flags, reason };
      await importProfile(context, { api, profile, target }, decision);
    });
}

/** Prints what a profile changes, and with a reason decides so: one decision for each feature that differs. */
export async function importProfile(
  context: CliContext,
  { api, profile, target }: { readonly api: Api; readonly profile: Profile; readonly target: Target },
  flags: DecisionFlags | undefined,
): Promise<void> {
  const names = profile.features.map(({ name }) => name);
  await checkFeatures(names);
  await checkSubject(names, target.workload);
  const changes = changesOf(profile, target);
  print(context.terminal, changes, target);
  if (flags === undefined) return;
  for (const { name, mode, items } of profile.features) {
    if (!changes.some(({ feature }) => feature === name)) continue;
    const { id, name: workloadName } = target.workload;
    const order = { type: 'import', workload: id, workloadName: workloadName || id, feature: name, mode } as const;
    // Which workload is meant was made out above, also where it is to be pinned before it is seen.
    const asked = { api, flags, host: target.host.id, meant: true };
    await decideAndWait(context, { ...asked, order: { ...order, items: [...items] } });
  }
}

const noReason = (): UserError =>
  new UserError('an import is a decision, and has a reason', {
    fix: 'say why with --reason, or look at what it would change with --dry-run',
    code: exitCode.usage,
  });

function profileFrom([file, ...others]: readonly [string, ...string[]], mode: Mode | undefined): Profile {
  const profile = mergedProfile(profileIn(file), ...others.map(profileIn));
  const large = profile.features.find(({ items }) => items.length > mostItems);
  if (large !== undefined) {
    throw new UserError(`together the profiles have ${large.items.length} items of ${large.name}`, {
      fix: `import fewer of them: there is room for ${mostItems} of one feature`,
      code: exitCode.config,
    });
  }
  if (mode === undefined) return profile;
  return { ...profile, features: profile.features.map((feature) => ({ ...feature, mode })) };
}

/** Features that the profile does not name stay as they are. */
function changesOf({ features }: Profile, { views }: Target): readonly FeatureDiff[] {
  const [first, ...rest] = views;
  const known: readonly ProfileFeature[] = first === undefined ? [] : profileOf([first, ...rest]).features;
  const named = new Set(features.map(({ name }) => name));
  return diffProfiles({ features: known.filter(({ name }) => named.has(name)) }, { features });
}

function print(terminal: Terminal, changes: readonly FeatureDiff[], { host, workload, views }: Target): void {
  const whose = `${escapeControl(workload.name, 200)} on ${escapeControl(host.name, 200)}`;
  if (changes.length === 0)
    terminal.say(`${whose}: all of the profile is known, and nothing else: nothing is to be done`);
  else
    for (const line of [`--- ${whose}, now`, '+++ the profile', ...diffLines(changes), ...misnamed(changes, views)])
      terminal.out(line);
}

/** A key is what counts, a text what people read: what a profile calls otherwise than the workload that showed it must not pass for something else. */
const misnamed = (changes: readonly FeatureDiff[], views: Target['views']): readonly string[] =>
  changes.flatMap(({ feature, added }) =>
    added.flatMap(({ key, text }) => {
      const here = views.find((view) => view.feature === feature)?.items.find((item) => item.key === key);
      if (here === undefined || here.text === keptText(text)) return [];
      return [`! ${feature}: what the profile calls ${quoted(text)} was seen here as ${quoted(here.text)}`];
    }),
  );
