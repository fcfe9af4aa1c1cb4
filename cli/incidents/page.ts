import { createHash } from 'node:crypto';
import type { Evidence, EvidenceEntry } from '../../shared/evidence.ts';
import { type Html, html } from '../../shared/html.ts';
import { raisedText } from '../../shared/raised.ts';
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
import { pageStyle } from './page-style.ts';

/**
 * An incident and its evidence as one page: no script, no address, nothing is loaded. Its policy allows its own style alone, so that even markup that
 * got in could do nothing.
 */
export function evidencePage(evidence: Evidence, version: string): string {
  const { incident } = evidence;
  const style = createHash('sha256').update(pageStyle).digest('base64');
  const { markup } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${incident.title}</title>
<style>${{ markup: pageStyle }}</style>
</head>
<body>
<header class="${incident.severity}">
<p><b>${incident.severity}</b> ${incident.status}</p>
<h1>${incident.title}</h1>
${definitions(headFacts(evidence))}
</header>
<main>
${section('Handling', handling(evidence))}
${section('Findings', findings(evidence))}
${section('Who', actors(evidence))}
${section('Timeline', timeline(evidence))}
${section('Processes', processes(evidence))}
${section('Connections', connections(evidence))}
${section('Beyond its baselines', table(['Baseline', 'What'], beyondBaselines(evidence)))}
${section('Configuration', evidence.configuration === undefined ? [] : [definitions(configurationFacts(evidence.configuration))])}
${(evidence.otherConfigurations ?? []).map((one) => section(`Configuration of ${one.name}`, [definitions(configurationFacts(one))]))}
</main>
<footer>Moorwatch ${version}. Times are UTC. Names, commands and addresses are as the containers gave them: do not trust them.</footer>
</body>
</html>
`;
  return markup;
}

const section = (title: string, content: readonly Html[]): Html =>
  content.length === 0 ? html`` : html`<section><h2>${title}</h2>${content}</section>`;

const definitions = (facts: readonly (readonly [string, string])[]): Html =>
  html`<dl>${facts.map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>`;

/** A table with a row for each. */
const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly Html[] =>
  rows.length === 0
    ? []
    : [
        html`<table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows.map(
          (row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`,
        )}</tbody></table>`,
      ];

function headFacts(evidence: Evidence): readonly (readonly [string, string])[] {
  const { incident, window, read } = evidence;
  const { container, workload, host } = incident;
  return [
    ['Incident', `${incident.id}, version ${incident.version}`],
    ['Opened', utc(incident.openedAt)],
    ['Last change', utc(incident.updatedAt)],
    ...(incident.raised === undefined ? [] : ([['Severity', raisedText(incident.raised)]] as const)),
    ...(container === undefined
      ? []
      : ([
          ['Container', `${container.name} ${container.id}`],
          ['Image', `${container.image.name} ${container.image.id}`],
        ] as const)),
    ...relationFacts(evidence).map(([name, text]) => [capitalised(name), text] as const),
    ...(workload === undefined ? [] : ([['Workload', workload.name]] as const)),
    ['Host', `${host.name} ${host.id}`],
    ['ATT&CK', [...incident.tactics, ...incident.techniques].join(', ') || 'none'],
    ...optional('Load', loadText(evidence)),
    ...optional('Baselines', baselinesText(evidence)),
    ['Evidence', `${read.observations} observations from ${utc(window.from)} to ${utc(window.to)}`],
    ...(read.oldest === undefined || read.oldest <= window.from
      ? []
      : ([['Not known', `anything before ${utc(read.oldest)}: the log begins there`]] as const)),
    ...optional('Left out', beyondText(evidence)),
  ];
}

const optional = (name: string, text: string | undefined): readonly (readonly [string, string])[] =>
  text === undefined ? [] : [[name, text]];

const capitalised = (name: string): string => `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;

function handling({ incident }: Evidence): readonly Html[] {
  const facts = handlingFacts(incident).map(([name, text]) => [capitalised(name), text] as const);
  return facts.length === 0 ? [] : [definitions(facts)];
}

function findings({ incident }: Evidence): readonly Html[] {
  const rows = incident.findings.map((line) => [
    utc(line.firstAt),
    line.severity,
    line.rule.catalogue.join(' '),
    line.endedAt === undefined ? line.summary : `${line.summary} (ended ${utc(line.endedAt)})`,
    String(line.count),
  ]);
  const more = incident.more === 0 ? [] : [html`<p>and ${incident.more} more</p>`];
  return [...table(['First', 'Severity', 'Row', 'What', 'Times'], rows), ...more];
}

const actors = (evidence: Evidence): readonly Html[] =>
  table(
    ['Time', 'Of', 'What', 'Who', 'How sure', 'Times'],
    evidence.actors.map(({ at, what, who, certainty, count, container = '' }) => [
      timeText(at),
      container,
      what,
      who,
      certainty,
      String(count),
    ]),
  );

function timeline({ timeline: entries, leftOut, incident }: Evidence): readonly Html[] {
  const rows = entries.map((entry) => [
    utc(entry.at),
    entry.at < incident.openedAt ? 'before' : '',
    whose(entry),
    entry.text,
    times(entry),
  ]);
  const more = leftOut === 0 ? [] : [html`<p>${leftOut} entries between the first and the last ones are left out.</p>`];
  return [...table(['Time', '', 'Of', 'What', 'Times'], rows), ...more];
}

const times = ({ at, lastAt, count }: EvidenceEntry): string =>
  count === 1 ? '' : `${count} in ${duration(lastAt - at)}`;

const processes = (evidence: Evidence): readonly Html[] =>
  evidence.processes.length === 0
    ? []
    : [
        html`<pre>${evidence.processes.map(({ depth, pid, command, user = '', login, origin, container }) => {
          const more = [
            ...(user === '' ? [] : [`as ${user}`]),
            ...[loginText(login), origin, container && `[${container}]`].filter((part) => part !== undefined),
          ];
          return html`${'  '.repeat(Math.min(depth, 20))}${pid} ${[command, ...more].join('  ')}\n`;
        })}</pre>`,
      ];

const connections = (evidence: Evidence): readonly Html[] =>
  table(
    ['First', 'Last', 'Of', 'Direction', 'Transport', 'Peer', 'Times'],
    evidence.connections.map(({ at, lastAt, direction, transport, peer, count, container = '' }) => [
      utc(at),
      utc(lastAt),
      container,
      direction,
      transport,
      peer,
      String(count),
    ]),
  );
