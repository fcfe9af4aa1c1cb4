import type { Command } from 'commander';
import { type Severity, severities } from '../shared/finding.ts';
import type { GlobalFlags, MakeContext } from './context.ts';
import { choice, engineOption, portOption } from './options.ts';

/** `up`: watches this host. The whole chain, in two processes. */
export function addUp(program: Command, contextOf: MakeContext): void {
  program
    .command('up')
    .description('watch this host: collector, analyzer and alerting, incidents printed as they happen')
    .option('--json', 'incident updates as one JSON object a line')
    .addOption(
      choice(
        '--severity <severity>',
        'print only what is of at least this severity (default: medium; with --json all)',
        severities,
      ),
    )
    .addOption(engineOption())
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { json?: boolean; severity?: Severity }>();
      const json = flags.json === true;
      const { runUp } = await import('./processes/up.ts');
      const context = contextOf(flags);
      context.exitWith(await runUp(context, { json, from: flags.severity ?? (json ? 'informational' : 'medium') }));
    });
}
