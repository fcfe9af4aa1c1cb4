import type { Command } from 'commander';
import { z } from 'zod';
import { exitCode, messageOf } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';
import { incidentSchema } from '../shared/incident.ts';
import { connectApi } from './client/api.ts';
import { freshness, staleness } from './client/freshness.ts';
import { configOf, type GlobalFlags, type MakeContext } from './context.ts';
import { sightLines, sightsOf } from './coverage.ts';
import { jsonLine } from './json-line.ts';
import { portOption } from './options.ts';
import { addForgetHost } from './status/forget.ts';
import { type Ledger, ledgerLines, ledgerSummary, readLedger } from './status/gaps.ts';
import { summaryOf, wellText } from './status/summary.ts';

const boardSchema = z.object({
  ...freshness,
  processes: z.array(
    z.object({ process: z.string(), silentMs: z.number().default(0), gone: z.boolean(), status: z.unknown() }),
  ),
});
const pageSchema = z.object({ total: z.number(), incidents: z.array(incidentSchema.pick({ severity: true })) });

/** `status`: whether anything is blind, silent, behind or not delivered. Exit code 1 when something is. `status forget`: a host that is gone. */
export function addStatus(program: Command, contextOf: MakeContext): void {
  const status = program
    .command('status')
    .description('whether all of Moorwatch sees, judges and tells; what does not, and what to do (exit code 1)')
    .option('--json', 'as one JSON object')
    .option('--gaps', 'when Moorwatch was blind in the last 24 hours, one line each')
    .option('--coverage', 'what can be seen of each running container, too')
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<StatusFlags>();
      const context = contextOf(flags);
      const { terminal } = context;
      const api = connectApi(context);
      const board = boardSchema.parse(await api.get('/api/v1/status'));
      const { total: open } = pageSchema.parse(await api.get('/api/v1/incidents?status=open&limit=1'));
      const now = Date.now();
      const ledger = await readLedger(api).catch((error: unknown) => messageOf(error));
      const sights = flags.coverage === true ? await sightsOf(context, board.processes) : undefined;
      const { enabled, everyMs: every } = configOf(context).config.sensors.canary;
      const everyMs = enabled ? every : Number.POSITIVE_INFINITY;
      // By the clock that the log has, where it says it.
      const { lines, attention, unseen } = summaryOf(board.processes, { everyMs, now: board.asOf ?? now });
      const stale = staleness(board, now);
      const all = [
        ...(stale === undefined ? [] : [{ process: 'log', what: stale, fix: 'moorwatch doctor, where alerting runs' }]),
        ...attention,
      ];
      if (flags.json === true)
        terminal.out(
          jsonLine({ processes: lines, attention: all, unseen, openIncidents: open, gaps: ledger, coverage: sights }),
        );
      else {
        for (const { process, text } of lines) terminal.out(escapeControl(`${process.padEnd(30)} ${text}`, 300));
        for (const line of sights?.flatMap(sightLines) ?? []) terminal.out(line);
        terminal.out(`${open} incidents are open`);
        for (const line of gapLines(ledger, flags)) terminal.out(line);
        for (const { process, what, fix } of all) {
          terminal.out(`${terminal.colors.yellow('!')} ${escapeControl(`${process}: ${what}`, 1_500)}`);
          terminal.out(`    ${escapeControl(fix, 300)}`);
        }
        if (all.length === 0) terminal.say(escapeControl(wellText(unseen), 1_500));
      }
      if (all.length > 0) context.exitWith(exitCode.failure);
    });
  addForgetHost(status, contextOf);
}

interface StatusFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly gaps?: boolean;
  readonly coverage?: boolean;
}

/** @param ledger or why the log does not tell */
function gapLines(ledger: Ledger | string, { gaps }: StatusFlags): readonly string[] {
  if (typeof ledger === 'string') return [`gaps: ${escapeControl(ledger, 500)}`];
  return [ledgerSummary(ledger), ...(gaps === true && ledger.total > 0 ? ledgerLines(ledger) : [])];
}
