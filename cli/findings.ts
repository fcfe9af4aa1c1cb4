import type { Command } from 'commander';
import { z } from 'zod';
import { escapeControl } from '../shared/escape.ts';
import { type Finding, findingSchema } from '../shared/finding.ts';
import { type Api, connectApi } from './client/api.ts';
import { type Connect, findingsOf, followed } from './client/follow.ts';
import type { CliContext, GlobalFlags, MakeContext } from './context.ts';
import { untilInterrupted } from './interrupt.ts';
import { jsonLine } from './json-line.ts';
import { portOption } from './options.ts';
import { badge } from './render.ts';
import type { Terminal } from './terminal.ts';
import { parseSince } from './time.ts';

interface FindingsFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly follow?: boolean;
  readonly since?: number;
}

const pageSchema = z.object({ findings: z.array(findingSchema), cursor: z.string() });

/** `findings`: every conclusion of the analyzer, one a line. */
export function addFindings(program: Command, contextOf: MakeContext): void {
  program
    .command('findings')
    .description('what was found: one line a finding')
    .option('--json', 'one JSON object a finding')
    .option('--follow', 'go on with what is found from now on')
    .option('--since <time>', '15m, 2h, 3d, or a time (default: all that is kept)', (text) =>
      parseSince(text, Date.now()),
    )
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<FindingsFlags>();
      const context = contextOf(flags);
      const interrupted = untilInterrupted();
      if (flags.follow === true) await follow(context, flags, interrupted.signal);
      else await list(context, connectApi(context), flags);
      context.exitWith(interrupted.code());
    });
}

async function list(context: CliContext, api: Api, flags: FindingsFlags): Promise<void> {
  let after: string | undefined;
  for (;;) {
    const query = new URLSearchParams({ limit: '1000', ...sinceOf(flags), ...(after === undefined ? {} : { after }) });
    const page = pageSchema.parse(await api.get(`/api/v1/findings?${query.toString()}`));
    for (const finding of page.findings) print(context, flags, finding);
    if (page.findings.length < 1_000) return;
    after = page.cursor;
  }
}

async function follow(context: CliContext, flags: FindingsFlags, signal: AbortSignal): Promise<void> {
  const { terminal } = context;
  // A feed that is started again may listen elsewhere, so it is looked for each time.
  const connect: Connect<Finding> = (after, opened) =>
    findingsOf(connectApi(context), sinceOf(flags), { after, signal, opened });
  for await (const finding of followed({ connect, signal, terminal })) print(context, flags, finding);
}

const sinceOf = ({ since }: FindingsFlags): Record<string, string> =>
  since === undefined ? {} : { since: String(Math.round(since)) };

/** One line, as text or JSON. */
export function print({ terminal }: CliContext, flags: { readonly json?: boolean }, finding: Finding): void {
  terminal.out(flags.json === true ? jsonLine(finding) : findingLine(finding, terminal.colors));
}

function findingLine(finding: Finding, colors: Terminal['colors']): string {
  const rows = escapeControl(finding.rule.catalogue.join(' '), 80) || finding.kind;
  const where = finding.container === undefined ? finding.host.name : `${finding.container.name}@${finding.host.name}`;
  const time = colors.dim(new Date(finding.at).toISOString());
  const what = `${escapeControl(where, 80)}  ${escapeControl(finding.summary, 300)}`;
  // What `baselines why` and `approve` want to know.
  const id = isAboutItem(finding) ? colors.dim(`  ${escapeControl(finding.id, 80)}`) : '';
  return `${time} ${badge(finding.severity, colors)} ${rows.padEnd(7)} ${what}${id}`;
}

const isAboutItem = ({ kind, digest }: Finding): boolean => kind === 'deviation' && digest !== true;
