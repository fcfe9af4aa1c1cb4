import type { Command } from 'commander';
import { z } from 'zod';
import { type Suppression, suppressionSchema } from '../../shared/suppression.ts';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { tableLines } from '../table.ts';

export const suppressionsSchema = z.object({ suppressions: z.array(suppressionSchema) });

/** `suppressions list`: what is hidden, by whom, until when, and how much it was. */
export function addSuppressionList(suppressions: Command, contextOf: MakeContext): void {
  suppressions
    .command('list')
    .description('what is suppressed, until when, by whom and why, and how much it hid; what ends next first')
    .option('--json', 'one JSON object a suppression')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const { suppressions: all } = suppressionsSchema.parse(await connectApi(context).get('/api/v1/suppressions'));
      if (flags.json === true) for (const one of all) terminal.out(jsonLine(one));
      else if (all.length === 0) terminal.say('nothing is suppressed');
      else for (const line of tableLines(header, all.map(row), 160)) terminal.out(line);
    });
}

const header = ['ID', 'UNTIL', 'HOST', 'HIDDEN', 'WORST', 'TOLD', 'SCOPE', 'OWNER', 'WHY'];

const row = ({
  id,
  expiresAt,
  host,
  suppressed,
  worst,
  told,
  scope,
  owner,
  reason,
}: Suppression): readonly string[] => [
  id.slice(0, 12),
  new Date(expiresAt).toISOString().slice(0, 16),
  host.name,
  String(suppressed),
  worst ?? '-',
  String(told),
  scopeText(scope),
  owner,
  reason,
];

/** A scope as a person reads it; not escaped. */
export const scopeText = ({ fields, ...scope }: Suppression['scope']): string =>
  [...Object.entries(scope), ...Object.entries(fields ?? {})]
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(' ');
