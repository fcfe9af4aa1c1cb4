import type { Command } from 'commander';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonText } from '../json-line.ts';
import { choice, portOption } from '../options.ts';
import { writeOutput } from '../write-output.ts';
import { evidenceOf, minutesOption } from './evidence-of.ts';
import { evidencePage } from './page.ts';

interface ExportFlags extends GlobalFlags {
  readonly format?: 'json' | 'html';
  readonly output?: string;
  readonly minutes: number;
}

/** `incidents export`: an incident with its evidence as one file, to keep and to pass on. */
export function addExport(incidents: Command, contextOf: MakeContext): void {
  incidents
    .command('export <id>')
    .description('one incident with its evidence as one file: JSON, or a page that needs nothing else')
    .addOption(choice('--format <format>', 'default: by the name of the file, else json', ['json', 'html']))
    .option('-o, --output <file>', 'write it there, readable by you alone (default: print it)')
    .addOption(minutesOption())
    .addOption(portOption())
    .action(async (id: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<ExportFlags>();
      const context = contextOf(flags);
      const evidence = await evidenceOf(connectApi(context), id, flags.minutes);
      const text = formatOf(flags) === 'html' ? evidencePage(evidence, context.version) : `${jsonText(evidence)}\n`;
      if (flags.output === undefined) context.terminal.out(text.trimEnd());
      else writeOutput(flags.output, text, 0o600);
    });
}

const formatOf = ({ format, output }: ExportFlags): 'json' | 'html' =>
  format ?? (output?.endsWith('.html') === true ? 'html' : 'json');
