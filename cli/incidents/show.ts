import type { Command } from 'commander';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { evidenceLines } from './evidence-lines.ts';
import { evidenceOf, minutesOption } from './evidence-of.ts';

interface ShowFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly minutes: number;
}

/** `incidents show`: one incident with what happened before, during and after it. */
export function addShow(incidents: Command, contextOf: MakeContext): void {
  incidents
    .command('show <id>')
    .description('one incident, with what its container and workload did before, during and after it')
    .addOption(minutesOption())
    .option('--json', 'as one JSON object')
    .addOption(portOption())
    .action(async (id: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ShowFlags>();
      const context = contextOf(flags);
      const evidence = await evidenceOf(connectApi(context), id, flags.minutes);
      const { terminal } = context;
      if (flags.json === true) terminal.out(jsonLine(evidence));
      else for (const line of evidenceLines(evidence, terminal.colors)) terminal.out(line);
    });
}
