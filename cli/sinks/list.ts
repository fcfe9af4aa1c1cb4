import type { Command } from 'commander';
import { z } from 'zod';
import { connectApi } from '../client/api.ts';
import { freshness, tellFreshness } from '../client/freshness.ts';
import type { GlobalFlags, MakeContext } from '../context.ts';
import { jsonLine } from '../json-line.ts';
import { portOption } from '../options.ts';
import { overdueSchema } from '../status/canaries.ts';
import { tableLines } from '../table.ts';

const sinkSchema = z.object({
  name: z.string(),
  type: z.string(),
  state: z.string(),
  backlog: z.number(),
  lastError: z.string().optional(),
  lastDelivered: z.number().optional(),
  canary: z.object({ at: z.number(), tookMs: z.number() }).optional(),
  overdue: overdueSchema.optional(),
});
const metricSchema = z.object({
  name: z.string(),
  attributes: z.object({ sink: z.string() }),
  value: z.number(),
});
const alertingSchema = z.object({
  part: z.literal('alerting'),
  sinks: z.array(sinkSchema),
  metrics: z.array(z.unknown()),
});
const boardSchema = z.object({
  ...freshness,
  processes: z.array(z.object({ process: z.string(), gone: z.boolean(), status: z.unknown() })),
});

interface SinkLine extends z.infer<typeof sinkSchema> {
  /** The alerting that says so. */
  readonly process: string;
  /** Since it started. */
  readonly delivered: number;
  readonly refused: number;
  readonly leftOut: number;
}

/** `sinks list`: how each sink is, as the alertings that run say themselves. */
export function addSinksList(sinks: Command, contextOf: MakeContext): void {
  sinks
    .command('list', { isDefault: true })
    .description('each sink: its state, what waits for it, and what became of messages since alerting started')
    .option('--json', 'one JSON object a sink')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<GlobalFlags & { readonly json?: boolean }>();
      const context = contextOf(flags);
      const { terminal } = context;
      const board = boardSchema.parse(await connectApi(context).get('/api/v1/status'));
      tellFreshness(terminal, board, Date.now());
      const lines = board.processes.flatMap(({ process, gone, status }) => (gone ? [] : linesOf(process, status)));
      if (flags.json === true) for (const line of lines) terminal.out(jsonLine(line));
      else if (lines.length === 0) terminal.say('no sinks: configure one under `sinks` (docs/sinks.md)');
      else for (const line of tableLines(header, lines.map(row), 160)) terminal.out(line);
    });
}

function linesOf(process: string, status: unknown): readonly SinkLine[] {
  const alerting = alertingSchema.safeParse(status).data;
  if (alerting === undefined) return [];
  const metrics = alerting.metrics.flatMap((metric) => metricSchema.safeParse(metric).data ?? []);
  const count = (name: string, sink: string): number =>
    metrics.find((metric) => metric.name === `moorwatch_${name}_total` && metric.attributes.sink === sink)?.value ?? 0;
  return alerting.sinks.map((sink) => ({
    process,
    ...sink,
    delivered: count('deliveries', sink.name),
    refused: count('deliveries_refused', sink.name),
    leftOut: count('deliveries_left_out', sink.name),
  }));
}

const header = ['SINK', 'TYPE', 'STATE', 'WAIT', 'DELIVERED', 'REFUSED', 'LEFT OUT', 'LAST', 'ALERTING', 'LAST ERROR'];

const row = (line: SinkLine): readonly string[] => [
  line.name,
  line.type,
  line.state,
  String(line.backlog),
  String(line.delivered),
  String(line.refused),
  String(line.leftOut),
  line.lastDelivered === undefined ? '' : new Date(line.lastDelivered).toISOString(),
  line.process.replace(/^alerting\//, ''),
  line.lastError ?? '',
];
