import type { Command } from 'commander';
import { type Views, withUnseen } from '../../shared/profile/profile.ts';
import { profileText } from '../../shared/profile/text.ts';
import { type Api, connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { portOption } from '../options.ts';
import { writeOutput } from '../write-output.ts';
import { findWorkload } from './find.ts';
import { hostOption } from './host-option.ts';

interface ExportFlags extends GlobalFlags {
  readonly host?: string;
  readonly output?: string;
}

/** `baselines export`: what a workload may do, as a file for review and git. */
export function addExport(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('export <workload>')
    .description('what one workload (name or id) was learned to do as a profile: YAML to review, keep in git and share')
    .addOption(hostOption())
    .option('-o, --output <file>', 'write it there (default: print it)')
    .addOption(portOption())
    .action(async (workload: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>();
      const context = contextOf(flags);
      const text = profileText(await exportable(connectApi(context), workload, flags.host));
      if (flags.output === undefined) context.terminal.out(text.trimEnd());
      else writeOutput(flags.output, text);
    });
}

/** What is known of one workload, those features too that it never showed. @throws UserError */
export async function exportable(api: Api, workload: string, host: string | undefined): Promise<Views> {
  const { features } = await import('../../analyzer/baselines/features/index.ts');
  const { concerns } = await import('../../analyzer/baselines/concerns.ts');
  const known = await findWorkload(api, workload, host);
  const own = features.filter((feature) => concerns(feature, known[0].workload));
  return withUnseen(
    known,
    own.map(({ name }) => name),
  );
}
