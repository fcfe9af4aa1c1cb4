import type { Command } from 'commander';
import { z } from 'zod';
import { checkLength, oneCalled } from '../called.ts';
import { type Api, connectApi, NotFoundError } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { tableLines } from '../table.ts';
import { yamlText } from './yaml.ts';

const lineSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  at: z.number(),
  host: z.looseObject({ name: z.string() }),
  actor: z.looseObject({ name: z.string() }),
  reason: z.string(),
  order: z.looseObject({ type: z.string() }),
  text: z.string().optional(),
});
const path = '/api/v1/decisions';
const mostListed = 1_000;
const listSchema = z.object({ decisions: z.array(lineSchema) });

/** `baselines decisions`: the audit log. */
export function addDecisions(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('decisions [id]')
    .description(
      'who decided what, when, why and what became of it: the newest first, or one (by its id, or how that begins) as YAML',
    )
    .option('--json', 'one JSON object a decision')
    .addOption(portOption())
    .action(async (id: string | undefined, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const api = connectApi(context);
      const lines =
        id === undefined
          ? listSchema.parse(await api.get(`${path}?limit=${mostListed}`)).decisions
          : [await decisionCalled(api, id)];
      if (flags.json === true) for (const line of lines) terminal.out(jsonLine(line));
      else if (id !== undefined) terminal.out(yamlText(lines[0]));
      else if (lines.length === 0) terminal.say('nothing was decided yet');
      else for (const line of tableLines(header, lines.map(row), 160)) terminal.out(line);
    });
}

/** The decision of that id, or the one of the newest whose id begins so. @throws UserError when there is none, or several */
async function decisionCalled(api: Api, called: string): Promise<z.infer<typeof lineSchema>> {
  try {
    return lineSchema.parse(await api.get(`${path}/${encodeURIComponent(called)}`));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
  checkLength(called, 'decision');
  return oneCalled(listSchema.parse(await api.get(`${path}?limit=${mostListed}`)).decisions, called, {
    what: 'decision',
    title: ({ at, actor, order, status, reason }) =>
      `${new Date(at).toISOString()}  ${actor.name}, ${order.type}, ${status}: ${reason}`,
    fix: 'see `moorwatch baselines decisions`; one that still waits is known to the feed alone that took it',
  });
}

const header = ['ID', 'TIME', 'HOST', 'WHO', 'ORDER', 'RESULT', 'WHY', 'WHAT'];

const row = ({ id, at, host, actor, order, status, reason, text }: z.infer<typeof lineSchema>): readonly string[] => [
  id.slice(0, 12),
  new Date(at).toISOString(),
  host.name,
  actor.name,
  order.type,
  status,
  reason,
  text ?? '',
];
