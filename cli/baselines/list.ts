import type { Command } from 'commander';
import { z } from 'zod';
import { connectApi } from '../client/api.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { tableLines } from '../table.ts';

const summarySchema = z.looseObject({
  host: z.looseObject({ name: z.string() }),
  workload: z.looseObject({ id: z.string(), name: z.string() }),
  feature: z.string(),
  state: z.string(),
  mode: z.string(),
  items: z.number(),
  quantity: z.looseObject({ text: z.string() }).optional(),
  missing: z.array(z.string()),
  phases: z.looseObject({ steady: z.looseObject({ since: z.number().optional() }) }),
});
const listSchema = z.object({ baselines: z.array(summarySchema) });

/** `baselines list`: what was learned, and what keeps learning from ending. */
export function addBaselinesList(baselines: Command, contextOf: MakeContext): void {
  baselines
    .command('list')
    .description('one line a workload and feature')
    .option('--json', 'one JSON object a baseline')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const list = listSchema.parse(await connectApi(context).get('/api/v1/baselines')).baselines;
      if (flags.json === true) for (const baseline of list) terminal.out(jsonLine(baseline));
      else if (list.length === 0) terminal.say('nothing was learned yet');
      else for (const line of tableLines(header, list.map(row), 120)) terminal.out(line);
    });
}

const header = ['HOST', 'WORKLOAD', 'FEATURE', 'STATE', 'SINCE', 'LEARNED', 'MISSING'];

const row = (baseline: z.infer<typeof summarySchema>): readonly string[] => [
  baseline.host.name,
  baseline.workload.name,
  baseline.feature,
  baseline.mode === 'enforce' ? 'enforced' : baseline.state,
  minute(baseline.phases.steady.since),
  baseline.quantity?.text ?? `${baseline.items} ${baseline.items === 1 ? 'item' : 'items'}`,
  baseline.mode === 'enforce' ? '' : baseline.missing.join('; '),
];

/** Since when the state is what it is, UTC. */
const minute = (at: number | undefined): string =>
  at === undefined ? '' : `${new Date(at).toISOString().slice(0, 16)}Z`;
