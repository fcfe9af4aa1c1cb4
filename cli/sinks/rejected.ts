import type { Command } from 'commander';
import { z } from 'zod';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { tableLines } from '../table.ts';

const letterSchema = z.object({
  place: z.string(),
  at: z.number(),
  reason: z.string(),
  whole: z.boolean(),
  update: z.string().optional(),
  incident: z.object({ id: z.string(), version: z.number(), title: z.string(), severity: z.string() }).optional(),
  retried: z.object({ at: z.number(), by: z.string() }).optional(),
});
type Letter = z.infer<typeof letterSchema>;
const lettersSchema = z.object({ rejected: z.array(letterSchema), more: z.number() });

/** `sinks rejected NAME`: what a receiver will never take, and why. */
export function addSinksRejected(sinks: Command, contextOf: MakeContext): void {
  sinks
    .command('rejected <name>')
    .description('what this sink refused for good, oldest first, with the reason')
    .option('--json', 'one JSON object a message')
    .addOption(portOption())
    .action(async (name: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const path = `/api/v1/sinks/${encodeURIComponent(name)}/rejected`;
      const { rejected, more } = lettersSchema.parse(await connectApi(context).get(path));
      if (flags.json === true) for (const letter of rejected) terminal.out(jsonLine(letter));
      else if (rejected.length === 0) terminal.say('this sink refused nothing that the log still has');
      else for (const line of tableLines(header, rejected.map(row), 200)) terminal.out(line);
      if (more > 0) terminal.say(`and ${more} more`);
    });
}

const header = ['TIME', 'INCIDENT', 'VERSION', 'SEVERITY', 'SENT AGAIN', 'REASON', 'TITLE'];

const row = ({ at, incident, retried, whole, reason }: Letter): readonly string[] => [
  new Date(at).toISOString(),
  incident?.id.slice(0, 12) ?? '',
  incident === undefined ? '' : String(incident.version),
  incident?.severity ?? '',
  retried === undefined ? (whole ? 'no' : 'cannot') : new Date(retried.at).toISOString(),
  reason,
  incident?.title ?? '',
];
