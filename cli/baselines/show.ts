import type { Command } from 'commander';
import { z } from 'zod';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { yamlText } from './yaml.ts';

const shownSchema = z.object({ baselines: z.array(z.looseObject({})) });

/** `baselines show`: all that was learned of one workload. */
export function addBaselinesShow(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('show <workload>')
    .description('all that was learned of one workload (name or id), as YAML')
    .option('--json', 'one JSON object a feature')
    .addOption(portOption())
    .action(async (workload: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const path = `/api/v1/baselines/${encodeURIComponent(workload)}`;
      const shown = shownSchema.parse(await connectApi(context).get(path)).baselines;
      for (const baseline of shown) context.terminal.out(flags.json === true ? jsonLine(baseline) : yamlText(baseline));
    });
}
