import type { Command } from 'commander';
import { z } from 'zod';
import type { RowCoverage } from '../analyzer/catalogue/coverage.ts';
import type { Unseen } from '../analyzer/catalogue/sight.ts';
import { exitCode, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { watchedContainerSchema } from '../shared/watched.ts';
import { connectApi } from './client/api.ts';
import { freshness, tellFreshness } from './client/freshness.ts';
import { type CliContext, configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { jsonLine } from './json-line.ts';
import { portOption } from './options.ts';
import { loadConfiguredRules } from './rule-set.ts';
import { coverageBy } from './rules-coverage.ts';
import { tableLines } from './table.ts';

const collectorSchema = z.object({
  part: z.literal('collector'),
  host: z.object({ id: z.string(), name: z.string() }),
  sensors: z.record(z.string(), z.string()),
  coverage: z.record(z.string(), z.string()),
  missing: z.array(z.string()),
  // A collector of an earlier version does not tell what runs.
  running: z.number().default(0),
  watched: z.array(watchedContainerSchema).default([]),
});
type Collector = z.infer<typeof collectorSchema>;

const boardSchema = z.object({
  ...freshness,
  processes: z.array(z.object({ process: z.string(), gone: z.boolean(), status: z.unknown() })),
});

interface CoverageFlags extends GlobalFlags {
  readonly json?: boolean;
}

/** `coverage`: which rows of the catalogue can be seen of the containers that run, with the tiers and sensors that run. */
export function addCoverage(program: Command, contextOf: MakeContext): void {
  program
    .command('coverage')
    .description('what can be seen of each running container, what cannot, and why')
    .option('--json', 'one JSON object a host')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<CoverageFlags>();
      const context = contextOf(flags);
      const board = boardSchema.parse(await connectApi(context).get('/api/v1/status'));
      tellFreshness(context.terminal, board, Date.now());
      for (const sight of await sightsOf(context, board.processes)) {
        if (flags.json === true) context.terminal.out(jsonLine(sight));
        else for (const line of sightLines(sight)) context.terminal.out(line);
      }
    });
}

/** What can be seen on each host, by what its collector last said and the rules of the configuration. @throws UserError when no collector is there */
export async function sightsOf(
  context: CliContext,
  processes: z.infer<typeof boardSchema>['processes'],
): Promise<readonly HostSight[]> {
  const collectors = collectorsOf(processes);
  const rows = await coverageBy(await loadConfiguredRules(configOf(context).config));
  return Promise.all(collectors.map((collector) => sightOf(collector, rows)));
}

/** Collectors that are there, by name of their hosts. @throws UserError when none is */
function collectorsOf(processes: z.infer<typeof boardSchema>['processes']): readonly Collector[] {
  const found = processes.flatMap(({ gone, status }) => {
    const { data } = collectorSchema.safeParse(status);
    return gone || data === undefined ? [] : [data];
  });
  if (found.length > 0) return found.sort((a, b) => (a.host.name < b.host.name ? -1 : 1));
  throw new UserError('no collector has said yet what it sees', {
    fix: 'wait until it is connected to an engine; `moorwatch doctor` says what keeps it from that',
    code: exitCode.unavailable,
  });
}

/** What can be seen on one host. */
export interface HostSight {
  readonly host: Collector['host'];
  readonly tiers: readonly { readonly tier: string; readonly state: string; readonly rows: readonly string[] }[];
  /** On the whole host, by reason. */
  readonly unseen: readonly Unseen[];
  readonly missing: readonly string[];
  readonly containers: readonly {
    readonly id: string;
    readonly name: string;
    readonly image: string;
    readonly imageId: string;
    readonly configHash: string;
    readonly paused: boolean;
    /** Rows of which something can be seen in it. */
    readonly seen: number;
    /** In it alone, by reason. */
    readonly unseen: readonly Unseen[];
  }[];
  readonly untold: number;
}

export async function sightOf(collector: Collector, rows: readonly RowCoverage[]): Promise<HostSight> {
  const { tierSights, unseenIn, unseenRows } = await import('../analyzer/catalogue/sight.ts');
  const { host, missing, running, watched } = collector;
  const unseen = unseenRows(rows, collector);
  const real = rows.filter(({ row }) => row.note === undefined).length;
  const count = (some: readonly Unseen[]): number => some.reduce((sum, one) => sum + one.rows.length, 0);
  return {
    host,
    tiers: tierSights(rows, collector),
    unseen,
    missing,
    containers: watched.map((container) => {
      const { id, name, image, imageId, configHash, paused } = container;
      const own = unseenIn(container, rows, collector);
      return { id, name, image, imageId, configHash, paused, seen: real - count(unseen) - count(own), unseen: own };
    }),
    untold: Math.max(0, running - watched.length),
  };
}

/** For people. */
export function sightLines({ host, tiers, unseen, missing, containers, untold }: HostSight): readonly string[] {
  return [
    `Host ${escapeControl(host.name, 80)}`,
    ...tableLines(
      ['  TIER', 'STATE', 'ROWS SEEN FROM IT'],
      tiers.map(({ tier, state, rows }) => [`  ${tier}`, state, String(rows.length)]),
    ),
    ...missing.map((text) => `  missing: ${escapeControl(text, 300)}`),
    ...unseen.map((one) => `  not seen: ${escapeControl(unseenText(one), 1_000)}`),
    ...tableLines(
      ['  CONTAINER', 'IMAGE', 'ROWS SEEN', 'NOT SEEN IN IT ALONE'],
      containers.map(({ name, image, seen, paused, unseen: own }) => [
        `  ${name}`,
        image,
        String(seen),
        [...(paused ? ['paused'] : []), ...own.map(unseenText)].join('; ') || '-',
      ]),
      300,
    ),
    ...(untold === 0 ? [] : [`  and ${untold} more containers, which are not told one by one`]),
  ];
}

const unseenText = ({ why, rows }: Unseen): string => `${rows.length}, ${why}: ${rows.join(' ')}`;
