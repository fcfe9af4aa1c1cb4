import type { Command } from 'commander';
import { z } from 'zod';
import { type Incident, incidentSchema, incidentStatuses } from '../shared/incident.ts';
import { connectApi } from './client/api.ts';
import { freshness, tellFreshness } from './client/freshness.ts';
import type { GlobalFlags, MakeContext } from './context.ts';
import { addIncidentDecisions } from './incidents/decide.ts';
import { addExport } from './incidents/export.ts';
import { addShow } from './incidents/show.ts';
import { jsonLine } from './json-line.ts';
import { choice, portOption } from './options.ts';
import { tableLines } from './table.ts';
import { parseSince } from './time.ts';

interface IncidentsFlags extends GlobalFlags {
  readonly json?: boolean;
  readonly status?: string;
  readonly since?: number;
}

const pageSchema = z.object({ ...freshness, incidents: z.array(incidentSchema), total: z.number().int() });

/** `incidents`: what a person works on, newest first. */
export function addIncidents(program: Command, contextOf: MakeContext): void {
  const incidents = program.command('incidents');
  addShow(incidents, contextOf);
  addExport(incidents, contextOf);
  addIncidentDecisions(incidents, contextOf);
  incidents
    .description('incidents, newest first')
    .option('--json', 'one JSON object an incident')
    .addOption(choice('--status <status>', 'only those of this status', incidentStatuses))
    .option('--since <time>', 'updated since 15m, 2h, 3d, or a time', (text) => parseSince(text, Date.now()))
    .addOption(portOption())
    .action(async (_options: object, command: Command) => {
      const flags = command.optsWithGlobals<IncidentsFlags>();
      const { terminal, ...context } = contextOf(flags);
      const api = connectApi({ ...context, terminal });
      const query = new URLSearchParams({
        limit: '1000',
        ...(flags.status === undefined ? {} : { status: flags.status }),
        ...(flags.since === undefined ? {} : { since: String(Math.round(flags.since)) }),
      });
      const page = pageSchema.parse(await api.get(`/api/v1/incidents?${query.toString()}`));
      const { incidents, total } = page;
      tellFreshness(terminal, page, Date.now());
      if (total > incidents.length)
        terminal.say(`the ${incidents.length} that changed last, of ${total}; narrow them with --status or --since`);
      if (flags.json === true) for (const incident of incidents) terminal.out(jsonLine(incident));
      else if (incidents.length === 0) terminal.say('no incidents');
      else for (const line of tableLines(header, incidents.map(row))) terminal.out(line);
    });
}

const header = ['ID', 'UPDATED', 'STATUS', 'SEVERITY', 'FINDINGS', 'CONTAINER', 'TITLE'];

const row = (incident: Incident): readonly string[] => [
  incident.id.slice(0, 12),
  new Date(incident.updatedAt).toISOString().slice(0, 19),
  incident.status,
  incident.severity,
  String(incident.count),
  incident.container?.name ?? incident.host.name,
  incident.title,
];
