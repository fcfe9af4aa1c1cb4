import { deriveId } from '../../shared/hash.ts';
import { html } from '../../shared/html.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { type Fact, factsOf, shown } from './facts.ts';
import { byGravity, changeText, lineOf, sentenceOf } from './syslog-fields.ts';

/** A mail, without who sends it to whom and when. */
export interface Email {
  readonly messageId: string;
  /** Message id of the incident's first update; undefined for that one. */
  readonly inReplyTo?: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Header fields of our own. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Findings of an incident that are told one by one. */
const mostLines = 20;

/**
 * An incident update as a mail. The message id is made of the update's id, so what comes twice has the same; all of one incident refer to its
 * first one. Names of somebody else are shown with their controlling and invisible characters as `\u{…}`, escaped in HTML, and cut: a mail
 * has at most 64 KiB.
 * @param domain right side of message ids
 */
export function email(update: IncidentUpdate, domain: string): Email {
  const { incident } = update;
  const idOf = (id: string): string => `<${plain(id)}@${domain}>`;
  const messageId = idOf(update.id);
  // Ids of updates are made of the incident's and of the version, which begins with 1.
  const first = idOf(deriveId(incident.id, 1));
  const content = { title: shown(incident.title, 900) || '–', facts: factsOf(update), ...linesOf(update) };
  const head = `${incident.severity} ${incident.kind} ${changeText(update)}`;
  return {
    messageId,
    ...(first !== messageId && { inReplyTo: first }),
    subject: shown(`[Moorwatch] ${head}: ${incident.title}`, 240),
    text: asText(head, content),
    html: asHtml(head, content),
    headers: {
      'Auto-Submitted': 'auto-generated',
      'X-Moorwatch-Update': plain(update.id),
      'X-Moorwatch-Incident': plain(incident.id),
      'X-Moorwatch-Severity': incident.severity,
    },
  };
}

interface Content {
  readonly title: string;
  readonly summary: string;
  readonly facts: readonly Fact[];
  readonly lines: readonly string[];
}

function linesOf(update: IncidentUpdate): Pick<Content, 'summary' | 'lines'> {
  const { findings, more } = update.incident;
  const told = lineOf(update);
  const gravest = findings.toSorted(byGravity).slice(0, mostLines);
  const lines = gravest.map((line) => {
    const { severity, rule, count } = line;
    const often = count === 1 ? '' : `, ${count} times`;
    return shown(`${severity}${often}, ${rule.title}: ${sentenceOf(line)}`, 600);
  });
  const unlisted = findings.length - lines.length + more;
  return {
    summary: shown(told === undefined ? '' : sentenceOf(told), 2_000) || '–',
    lines: unlisted > 0 ? [...lines, `and ${unlisted} more`] : lines,
  };
}

function asText(head: string, { title, summary, facts, lines }: Content): string {
  const told = facts.map(({ name, text }) => `${name}: ${text}`);
  const findings = lines.map((line) => `- ${line}`);
  return [head, '', title, summary, '', ...told, '', 'Findings:', ...findings, ''].join('\n');
}

function asHtml(head: string, { title, summary, facts, lines }: Content): string {
  const rows = facts.map(({ name, text }) => html`<tr><th align="left">${name}</th><td>${text}</td></tr>\n`);
  const items = lines.map((line) => html`<li>${line}</li>\n`);
  return html`<!doctype html>
<html><head><meta charset="utf-8"></head><body>
<p>${head}</p><h3>${title}</h3><p>${summary}</p>
<table>${rows}</table>
<ul>${items}</ul></body></html>
`.markup;
}

/** What a message id and a header take without quotes. */
const plain = (id: string): string => id.slice(0, 128).replace(/[^A-Za-z0-9._-]/g, '_') || '_';
