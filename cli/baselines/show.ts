import type { Command } from 'commander';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { findWorkload } from './find.ts';
import { hostOption } from './host-option.ts';
import { yamlText } from './yaml.ts';

/** `baselines show`: all that was learned of one workload. */
export function addBaselinesShow(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('show <workload>')
    .description('all that was learned of one workload (name or id), as YAML, one document a feature')
    .addOption(hostOption())
    .option('--json', 'one JSON object a feature')
    .addOption(portOption())
    .action(async (workload: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean; readonly host?: string }>();
      const context = contextOf(flags);
      const { terminal } = context;
      for (const baseline of await findWorkload(connectApi(context), workload, flags.host))
        terminal.out(flags.json === true ? jsonLine(baseline) : `---\n${yamlText(baseline)}`);
    });
}
