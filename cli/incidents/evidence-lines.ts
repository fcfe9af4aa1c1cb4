import { escapeControl } from '../../shared/escape.ts';
import type { Evidence, EvidenceConfiguration, EvidenceEntry, EvidenceProcess } from '../../shared/evidence.ts';
import { raisedText } from '../../shared/raised.ts';
import { badge } from '../render.ts';
import { tableLines } from '../table.ts';
import type { Terminal } from '../terminal.ts';
import {
  baselinesText,
  beyondBaselines,
  beyondText,
  configurationFacts,
  duration,
  handlingFacts,
  loadText,
  loginText,
  relationFacts,
  timeText,
  utc,
  whose,
} from './evidence-words.ts';

type Colors = Terminal['colors'];

/** An incident and its evidence for a person. Every string is escaped. */
export function evidenceLines(evidence: Evidence, colors: Colors): readonly string[] {
  const { incident } = evidence;
  return [
    `${badge(incident.severity, colors)} ${colors.bold(shown(incident.title))}`,
    ...facts(evidence).map(([name, text]) => `  ${colors.dim(name.padEnd(10))} ${shown(text, 600)}`),
    ...section('handling', factLines(handlingFacts(incident)), colors),
    ...section('findings', findingLines(evidence, colors), colors),
    ...section('who', actorLines(evidence), colors),
    ...section('timeline', timelineLines(evidence, colors), colors),
    ...section('processes', evidence.processes.map(processLine), colors),
    ...section('connections', connectionLines(evidence), colors),
    ...section('beyond its baselines', factLines(beyondBaselines(evidence), 22), colors),
    ...section('configuration', configurationLines(evidence.configuration), colors),
    ...(evidence.otherConfigurations ?? []).flatMap((one) =>
      section(`configuration of ${shown(one.name, 80)}`, configurationLines(one), colors),
    ),
  ];
}

const shown = (text: string, max = 300): string => escapeControl(text, max);

const section = (title: string, lines: readonly string[], colors: Colors): readonly string[] =>
  lines.length === 0 ? [] : ['', colors.bold(title), ...lines.map((line) => `  ${line}`)];

function facts(evidence: Evidence): readonly (readonly [string, string])[] {
  const { incident, window, read } = evidence;
  const beyond = beyondText(evidence);
  const load = loadText(evidence);
  const baselines = baselinesText(evidence);
  const { container, workload, host } = incident;
  return [
    ['incident', `${incident.id}, version ${incident.version}, ${incident.status}`],
    ['opened', `${utc(incident.openedAt)}, last change ${utc(incident.updatedAt)}`],
    ...(incident.raised === undefined ? [] : ([['severity', raisedText(incident.raised)]] as const)),
    ...(container === undefined
      ? []
      : ([['container', `${container.name} ${container.id.slice(0, 12)}, image ${container.image.name}`]] as const)),
    ...relationFacts(evidence),
    ...(workload === undefined ? [] : ([['workload', workload.name]] as const)),
    ['host', host.name],
    ...(incident.techniques.length === 0
      ? []
      : ([['ATT&CK', [...incident.tactics, ...incident.techniques].join(', ')]] as const)),
    ...(load === undefined ? [] : ([['load', load]] as const)),
    ...(baselines === undefined ? [] : ([['baselines', baselines]] as const)),
    [
      'evidence',
      `${read.observations} observations from ${utc(window.from)} to ${utc(window.to)}${earlier(unknownBefore(window, read))}`,
    ],
    ...(beyond === undefined ? [] : ([['left out', beyond]] as const)),
  ];
}

const unknownBefore = ({ from }: Evidence['window'], { oldest }: Evidence['read']): number | undefined =>
  oldest !== undefined && oldest > from ? oldest : undefined;
const earlier = (oldest: number | undefined): string =>
  oldest === undefined ? '' : `; the log begins at ${utc(oldest)}, so nothing is known of before`;

const findingLines = ({ incident }: Evidence, colors: Colors): readonly string[] => [
  ...incident.findings.map((line) => {
    const rows = shown(line.rule.catalogue.join(' '), 80);
    const times = line.count > 1 ? ` ×${line.count}` : '';
    const ended = line.endedAt === undefined ? '' : `, ended ${utc(line.endedAt)}`;
    const why = line.kind === 'deviation' ? colors.dim(`  (moorwatch baselines why ${shown(line.id, 40)})`) : '';
    return `${timeText(line.firstAt)} ${badge(line.severity, colors)} ${rows === '' ? '' : `${rows} `}${shown(line.summary)}${times}${ended}${why}`;
  }),
  ...(incident.more === 0 ? [] : [`and ${incident.more} more`]),
];

const actorLines = ({ actors }: Evidence): readonly string[] =>
  actors.map(
    ({ at, count, what, who, certainty, container }) =>
      `${timeText(at)}${of(container)} ${shown(what)}: ${shown(who)}${certainty === 'possible' ? ' (possibly)' : ''}${count > 1 ? ` ×${count}` : ''}`,
  );

function timelineLines({ timeline, leftOut, incident }: Evidence, colors: Colors): readonly string[] {
  let isAfter = false;
  const lines = timeline.flatMap((entry) => {
    const opens = !isAfter && entry.at >= incident.openedAt;
    isAfter ||= opens;
    return [...(opens ? [colors.dim('— the incident opens —')] : []), entryLine(entry, colors)];
  });
  return leftOut === 0 ? lines : [...lines, `${leftOut} entries between the first and the last ones are left out`];
}

/** Of what container, where it is not the one that the incident began with. */
const of = (container = ''): string => (container === '' ? '' : ` [${shown(container, 80)}]`);

function entryLine(entry: EvidenceEntry, colors: Colors): string {
  const { at, lastAt, count, text } = entry;
  const times = count > 1 ? ` ×${count} in ${duration(lastAt - at)}` : '';
  return `${timeText(at)}${colors.dim(of(whose(entry)))} ${shown(text)}${times}`;
}

function processLine({ pid, depth, command, user, login, origin, container }: EvidenceProcess): string {
  const more = [user, loginText(login), origin]
    .filter((part) => part !== undefined && part !== '')
    .map((part) => shown(part ?? '', 64));
  return `${'  '.repeat(Math.min(depth, 20))}${pid} ${shown(command)}${more.length === 0 ? '' : ` (${more.join(', ')})`}${of(container)}`;
}

/** Of what container each is, where there are several. */
function connectionLines({ connections }: Evidence): readonly string[] {
  if (connections.length === 0) return [];
  const areSeveral = connections.some(({ container }) => container !== undefined);
  return tableLines(
    ['FIRST', 'DIRECTION', 'TRANSPORT', 'PEER', 'TIMES', ...(areSeveral ? ['OF'] : [])],
    connections.map(({ at, direction, transport, peer, count, container = '' }) => [
      timeText(at),
      shown(direction, 20),
      shown(transport, 20),
      shown(peer, 120),
      String(count),
      ...(areSeveral ? [shown(container, 60)] : []),
    ]),
  );
}

const configurationLines = (configuration: EvidenceConfiguration | undefined): readonly string[] =>
  configuration === undefined ? [] : factLines(configurationFacts(configuration));

const factLines = (all: readonly (readonly [string, string])[], width = 14): readonly string[] =>
  all.map(([name, text]) => `${shown(name, 80).padEnd(width)} ${shown(text, 400)}`);
