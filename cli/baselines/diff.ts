import type { Command } from 'commander';
import { exitCode, messageOf, UnavailableError, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { diffLines, diffProfiles } from '../../shared/profile/diff.ts';
import { profileOf, type Views } from '../../shared/profile/profile.ts';
import { diffVersions, versionLines } from '../../shared/profile/versions.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import { connectApi } from '../client/api.ts';
import type { CliContext, GlobalFlags, MakeContext } from '../context.ts';
import { portOption } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { findWorkload } from './find.ts';
import { hostOption } from './host-option.ts';
import { profileIn } from './read-file.ts';

interface DiffFlags extends GlobalFlags {
  readonly host?: string;
}

/** `baselines diff`: from a profile to what is known now, or from the older versions of an image to the newest. */
export function addDiff(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('diff <workload> [file]')
    .description(
      'from the profile in a file to what is known now; without a file, what the newest image version does otherwise than older ones. ' +
        'Exit code as of diff: 0 the same, 1 different, 2 or more trouble',
    )
    .addOption(hostOption())
    .addOption(portOption())
    .action(async (workload: string, file: string | undefined, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<DiffFlags>();
      const context = contextOf(flags);
      const isSame = await troubleApart(() => compare(context, { workload, file, host: flags.host }));
      if (!isSame) context.exitWith(different);
    });
}

const different = 1;

interface Asked {
  readonly workload: string;
  readonly file: string | undefined;
  readonly host: string | undefined;
}

async function compare(context: CliContext, { workload, file, host }: Asked): Promise<boolean> {
  // A file that cannot be read is told before anything is asked.
  const profile = file === undefined ? undefined : profileIn(file);
  const views = await findWorkload(connectApi(context), workload, host);
  const { terminal } = context;
  if (profile === undefined) return printed(terminal, versionDiff(terminal, views));
  const lines = diffLines(diffProfiles(profile, profileOf(views)));
  return printed(terminal, headed([file ?? '', 'what is known now'], lines));
}

function versionDiff(terminal: Terminal, views: Views): readonly string[] {
  if (isHostWorkload(views[0].workload))
    throw new UserError('a host has no image versions to compare', {
      fix: 'name the file of a profile: `moorwatch baselines export @host > host.yml` writes one',
      code: exitCode.usage,
    });
  const diff = diffVersions(views);
  const before = diff?.older.at(-1);
  if (diff === undefined || before === undefined) {
    terminal.say('only one image version was seen: there is nothing to compare it with');
    return [];
  }
  const count = diff.older.length;
  const older = `${count} older ${count === 1 ? 'version' : 'versions'}, the last ${before.name} ${before.image}`;
  return headed([older, `${diff.newest.name} ${diff.newest.image}`], versionLines(diff));
}

const headed = ([from, to]: readonly [string, string], lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`--- ${escapeControl(from)}`, `+++ ${escapeControl(to)}`, ...lines];

function printed(terminal: Terminal, lines: readonly string[]): boolean {
  for (const line of lines) terminal.out(line);
  return lines.length === 0;
}

/** What fails must not look like what is different. */
async function troubleApart<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof UnavailableError || (error instanceof UserError && error.code !== different)) throw error;
    const message = error instanceof UserError ? error.message : escapeControl(messageOf(error), 1_000);
    const fix = error instanceof UserError ? error.fix : 'compare `moorwatch version` with what runs there';
    throw new UserError(message, { fix, code: exitCode.usage, cause: error });
  }
}
