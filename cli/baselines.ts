import type { Command } from 'commander';
import { stringify } from 'yaml';
import { z } from 'zod';
import { connectApi } from './client/api.ts';
import type { GlobalFlags, MakeContext } from './context.ts';
import { portOption } from './options.ts';
import { tableLines } from './table.ts';

interface BaselinesFlags extends GlobalFlags {
  readonly json?: boolean;
}

const summarySchema = z.looseObject({
  host: z.looseObject({ name: z.string() }),
  workload: z.looseObject({ id: z.string(), name: z.string() }),
  feature: z.string(),
  state: z.string(),
  items: z.number(),
  phases: z.looseObject({ steady: z.looseObject({ missing: z.array(z.string()) }) }),
});
const listSchema = z.object({ baselines: z.array(summarySchema) });
const shownSchema = z.object({ baselines: z.array(z.looseObject({})) });

/** `baselines list | show`: what was learned, and what keeps learning from ending. */
export function addBaselines(program: Command, contextOf: MakeContext): void {
  const baselines = program.command('baselines').description('what was learned of the workloads');

  baselines
    .command('list')
    .description('one line a workload and feature')
    .option('--json', 'one JSON object a baseline')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<BaselinesFlags>();
      const context = contextOf(flags);
      const { terminal } = context;
      const list = listSchema.parse(await connectApi(context).get('/api/v1/baselines')).baselines;
      if (flags.json === true) for (const baseline of list) terminal.out(JSON.stringify(baseline));
      else if (list.length === 0) terminal.say('nothing was learned yet');
      else for (const line of tableLines(header, list.map(row), 120)) terminal.out(line);
    });

  baselines
    .command('show <workload>')
    .description('all that was learned of one workload (name or id), as YAML')
    .option('--json', 'one JSON object a feature')
    .addOption(portOption())
    .action(async (workload: string, _options: object, command: Command) => {
      const flags = command.optsWithGlobals<BaselinesFlags>();
      const context = contextOf(flags);
      const path = `/api/v1/baselines/${encodeURIComponent(workload)}`;
      const shown = shownSchema.parse(await connectApi(context).get(path)).baselines;
      for (const baseline of shown)
        context.terminal.out(flags.json === true ? JSON.stringify(baseline) : yamlText(baseline));
    });
}

const header = ['HOST', 'WORKLOAD', 'FEATURE', 'STATE', 'ITEMS', 'MISSING'];

const row = (baseline: z.infer<typeof summarySchema>): readonly string[] => [
  baseline.host.name,
  baseline.workload.name,
  baseline.feature,
  baseline.state,
  String(baseline.items),
  baseline.phases.steady.missing.join('; '),
];

const timeNames = /^(at|since|first|last|seen|[a-z]+(At|Since|Until))$/;

/** The same with the members that are times (ms since the epoch) as ISO 8601. */
export function withTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTimes);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]: [string, unknown]) => {
      const time = typeof member === 'number' && timeNames.test(name) && Math.abs(member) < 8.64e15;
      return [name, time ? new Date(member).toISOString() : withTimes(member)];
    }),
  );
}

/** YAML escapes control characters in double-quoted text by itself; what is invisible is escaped so that nothing hides in a review. */
const yamlText = (value: object): string =>
  stringify(withTimes(value), { lineWidth: 120, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })
    .replace(
      /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu,
      (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
    )
    .trimEnd();
