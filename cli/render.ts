import { escapeControl } from '../shared/escape.ts';
import { type Severity, severityRank } from '../shared/finding.ts';
import type { Incident, IncidentUpdate } from '../shared/incident.ts';
import { raisedText } from '../shared/raised.ts';
import type { Terminal } from './terminal.ts';

/** What a rule says to the person who gets its finding. */
export interface RuleAdvice {
  readonly why: string;
  readonly check: readonly string[];
}

export interface RenderOptions {
  readonly colors: Terminal['colors'];
  /** By rule id; a rule that is not here is shown without advice. */
  readonly advice: ReadonlyMap<string, RuleAdvice>;
}

type Line = Incident['findings'][number];

/** An incident update for a person: severity, time, title, what happened, why it matters, what to check. Every string is escaped. */
export function renderUpdate(update: IncidentUpdate, options: RenderOptions): string {
  const { incident } = update;
  const lines = [headline(update, options.colors), options.colors.dim(`  ${where(incident)}`)];
  if (isOneLine[update.change]) return lines.slice(0, 1).join('\n');
  if (incident.raised !== undefined) lines.push(options.colors.dim(`  ${shown(raisedText(incident.raised))}`));
  const listed = linesToShow(update);
  for (const line of listed) lines.push(...findingLines(line, options));
  const left = incident.findings.length - listed.length + incident.more;
  if (update.change === 'opened' && left > 0) lines.push(`  … and ${left} more, see ${incidentCommand(incident)}`);
  return lines.join('\n');
}

/** What tells of no finding is told in one line. */
const isOneLine: Readonly<Record<IncidentUpdate['change'], boolean>> = {
  opened: false,
  grown: false,
  reopened: false,
  acknowledged: true,
  closed: true,
  merged: true,
};

/** Findings of an opened incident that are listed one by one; a posture incident can have hundreds. */
const maxListed = 12;

function linesToShow({ change, incident, finding }: IncidentUpdate): readonly Line[] {
  if (change === 'opened') {
    const worstFirst = [...incident.findings].sort((a, b) => severityRank(b.severity) - severityRank(a.severity));
    return worstFirst.slice(0, maxListed);
  }
  const grown = incident.findings.filter((line) => line.id === finding);
  return grown.length > 0 ? grown : incident.findings.slice(-1);
}

/** How grave an update is: of a grown incident what it grew by, else the incident. */
export function severityOf(update: IncidentUpdate): Severity {
  if (update.change !== 'grown') return update.incident.severity;
  return linesToShow(update).at(0)?.severity ?? update.incident.severity;
}

function headline(update: IncidentUpdate, colors: Terminal['colors']): string {
  const { change, at, incident } = update;
  const time = colors.dim(new Date(at).toISOString().slice(11, 19));
  const title = shown(incident.title);
  const because = (reason: string | undefined): string =>
    reason === undefined ? '' : colors.dim(` (${shown(reason)})`);
  switch (change) {
    case 'opened':
      return `${time} ${badge(incident.severity, colors)} ${colors.bold(title)}`;
    case 'grown':
      return `${time} ${badge(incident.severity, colors)} ${colors.bold(title)}${colors.dim(` +${incident.count}`)}${because(update.reason)}`;
    case 'reopened':
      return `${time} ${badge(incident.severity, colors)} ${colors.bold(title)}${colors.dim(' open again')}${because(update.reason)}`;
    case 'acknowledged':
      return `${time} ${colors.cyan('acknowledged'.padEnd(13))} ${title}${because(personSaid(incident.acknowledgement))}`;
    case 'closed':
      return `${time} ${colors.green('closed'.padEnd(13))} ${title}${because(closing(incident))}`;
    case 'merged':
      return `${time} ${colors.green('merged'.padEnd(13))} ${title}${because(update.reason ?? incident.closeReason)}`;
  }
}

const personSaid = (remark: Incident['acknowledgement']): string | undefined =>
  remark === undefined ? undefined : `${remark.by}: ${remark.note}`;

const closing = ({ closedBy, closeReason }: Incident): string | undefined =>
  closedBy === undefined || closeReason === undefined ? closeReason : `${closedBy}: ${closeReason}`;

function where(incident: Incident): string {
  const { container, workload, host } = incident;
  const parts = [
    ...(container === undefined
      ? []
      : [
          `container ${shown(container.name)} ${shown(container.id.slice(0, 12))}`,
          `image ${shown(container.image.name)}`,
        ]),
    ...(workload === undefined ? [] : [`workload ${shown(workload.name)}`]),
    `host ${shown(host.name)}`,
    `incident ${shown(incident.id.slice(0, 12))}`,
  ];
  return parts.join(' · ');
}

function findingLines(line: Line, { colors, advice }: RenderOptions): readonly string[] {
  const rows = shown(line.rule.catalogue.join(' '), 80);
  const count = line.count > 1 ? colors.dim(` ×${line.count}`) : '';
  const told = advice.get(line.rule.id);
  return [
    `  ${badge(line.severity, colors)} ${rows === '' ? '' : `${colors.dim(rows)} `}${shown(line.summary, 400)}${count}`,
    ...(told === undefined || told.why === '' ? [] : [`    ${colors.dim('why  ')} ${shown(told.why, 600)}`]),
    ...(line.kind === 'deviation' ? [`    ${colors.dim('check')} moorwatch baselines why ${shown(line.id)}`] : []),
    ...(told?.check ?? []).map((step, i) => `    ${colors.dim(i === 0 ? 'check' : '     ')} ${shown(step, 400)}`),
  ];
}

const incidentCommand = (incident: Incident): string =>
  `\`moorwatch incidents --json\` (${shown(incident.id.slice(0, 12))})`;

/** `critical`, coloured by weight and padded to one width. */
export function badge(severity: Severity, colors: Terminal['colors']): string {
  const text = severity.padEnd(13);
  switch (severity) {
    case 'critical':
      return colors.bold(colors.red(text));
    case 'high':
      return colors.red(text);
    case 'medium':
      return colors.yellow(text);
    case 'low':
      return colors.cyan(text);
    case 'informational':
      return colors.dim(text);
  }
}

const shown = (text: string, max = 200): string => escapeControl(text, max);
