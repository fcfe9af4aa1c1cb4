import { clipBytes } from '../../shared/clip.ts';
import type { Severity } from '../../shared/finding.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { factsOf } from './facts.ts';
import { changeText, lineOf, sentenceOf, visible } from './syslog-fields.ts';
import { isoTime } from './syslog-header.ts';

/** A message of Slack's incoming webhooks, in the part of it that Mattermost and Rocket.Chat understand, too. */
export interface SlackMessage {
  readonly text: string;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly attachments: readonly [
    {
      readonly color: string;
      readonly fallback: string;
      readonly text: string;
      readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
      readonly mrkdwn_in: readonly string[];
      readonly footer: string;
      readonly ts?: number;
    },
  ];
}

const colours: Readonly<Record<Severity, string>> = {
  informational: '#607d8b',
  low: '#1565c0',
  medium: '#f9a825',
  high: '#e65100',
  critical: '#b00020',
};
const over = '#2e7d32';

/** Facts that a chat has room for. */
const told = new Set([
  'host',
  'container',
  'image',
  'workload',
  'techniques',
  'tactics',
  'findings',
  'raised',
  'ended',
  'reason',
  'acknowledged_by',
  'acknowledgement',
  'closed_by',
  'merged_into',
  'incident',
]);
/** Longest value that shares its row with another. */
const shortest = 32;

/**
 * An incident update as a message. Whatever somebody else has named stands in code spans: there a chat reads no formatting, no mention and no
 * address. The three characters of Slack's own syntax are entities, a backtick is `\u{60}`. Lengths are in bytes; a message has less than 32 KiB.
 */
export function slackMessage(update: IncidentUpdate): SlackMessage {
  const { incident } = update;
  const { severity, status, kind } = incident;
  const line = lineOf(update);
  const title = code(incident.title, 900, withoutMentions);
  const text = `*${severity}* · ${kind} ${changeText(update)}: ${title}`;
  const fields = factsOf(update)
    .filter(({ key }) => told.has(key))
    .map(({ name, text: value }) => ({
      title: name.replace('&', '&amp;'),
      value: code(value, 600),
      short: value.length <= shortest,
    }));
  const ts = isoTime(update.at) === undefined ? undefined : Math.floor(update.at / 1_000);
  return {
    text,
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: status === 'closed' ? over : colours[severity],
        fallback: text,
        text: code(line === undefined ? '' : sentenceOf(line), 2_000),
        fields,
        mrkdwn_in: ['text', 'fields'],
        footer: `Moorwatch ${clipBytes(update.id, 128, entity)}`,
        ...(ts !== undefined && { ts }),
      },
    ],
  };
}

/** A code span of one line. */
function code(text: string, most: number, written = entity): string {
  const inner = clipBytes(text.trim(), most, written);
  return inner === '' ? '–' : `\`${inner}\``;
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '`': '\\u{60}' };

const entity = (character: string): string => entities[character] ?? visible(character);

/** Rocket.Chat looks for mentions in the text before it looks for code. */
const withoutMentions = (character: string): string => (character === '@' ? '\\u{40}' : entity(character));
