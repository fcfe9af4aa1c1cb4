import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SlackMessage, slackMessage } from '../../../../alerting/formats/slack.ts';
import { severities } from '../../../../shared/finding.ts';
import { update } from '../updates.ts';
import { hostileUpdate } from './hostile.ts';

test('an incident update, field by field', () => {
  const told = { ...update(1, { techniques: ['T1611'] }), at: 1_767_323_045_678 };
  expect(slackMessage(told)).toEqual({
    text: '*high* · incident opened: `c1: something`',
    unfurl_links: false,
    unfurl_media: false,
    attachments: [
      {
        color: '#e65100',
        fallback: '*high* · incident opened: `c1: something`',
        text: '`something`',
        fields: [
          { title: 'Host', value: '`lab1`', short: true },
          { title: 'Container', value: '`c1`', short: true },
          { title: 'Image', value: '`nginx:1`', short: true },
          { title: 'Workload', value: '`service-1`', short: true },
          { title: 'ATT&amp;CK techniques', value: '`T1611`', short: true },
          { title: 'Findings', value: '`1`', short: true },
          { title: 'Incident', value: '`incident-1`', short: true },
        ],
        mrkdwn_in: ['text', 'fields'],
        footer: 'Moorwatch update-1-1',
        ts: 1_767_323_045,
      },
    ],
  });
});

test('colours: one for each severity, another for what is over', () => {
  const of = (more: Parameters<typeof update>[1]) => slackMessage(update(1, more)).attachments[0].color;
  expect(new Set(severities.map((severity) => of({ severity }))).size).toBe(5);
  expect(severities.map((severity) => of({ severity, status: 'closed' }))).toEqual(Array(5).fill('#2e7d32'));
  expect(of({ status: 'acknowledged' })).toBe(of({}));
});

test('what people did is told', () => {
  const acknowledgement = { at: 1, by: 'eve', note: 'known *job*' };
  const { fields } = slackMessage(update(1, { status: 'acknowledged', acknowledgement }, 'acknowledged'))
    .attachments[0];
  expect(fields.map(({ value }) => value)).toEqual(expect.arrayContaining(['`eve`', '`known *job*`']));
});

test('why it is worse than its findings is told', () => {
  const raised = { from: 'medium' as const, because: ['telemetry agrees: engine, procfs', 'it hides'] };
  const { fields } = slackMessage(update(1, { raised })).attachments[0];
  const value = '`one step more than medium: telemetry agrees: engine, procfs; it hides`';
  expect(fields.filter(({ title }) => title === 'Raised')).toEqual([{ title: 'Raised', value, short: false }]);
});

test.each([
  ['<!channel> <@U1> <http://x|y>', '`&lt;!channel&gt; &lt;@U1&gt; &lt;http://x|y&gt;`'],
  ['*b* _i_ ~s~ [a](http://x) # h', '`*b* _i_ ~s~ [a](http://x) # h`'],
  ['a` *b* `c', '`a\\u{60} *b* \\u{60}c`'],
  ['a&lt;b', '`a&amp;lt;b`'],
  ['a\n> b\u202e', '`a\\u{a}&gt; b\\u{202e}`'],
  ['  ', '–'],
])('a workload named %j is text', (name, value) => {
  const [{ fields }] = slackMessage(update(1, { workload: { id: 'w', name } })).attachments;
  expect(fields.find(({ title }) => title === 'Workload')?.value).toBe(value);
});

test('a mention in the title is none for a chat that looks for them in code, too', () => {
  expect(slackMessage(update(1, { title: '@all <!here>' })).text).toContain('`\\u{40}all &lt;!here&gt;`');
});

/** Takes away what is in code spans, as a chat reads them: one backtick opens, the next closes, on one line. */
const outsideCode = (text: string): string => text.replace(/`[^`\n]+`/g, '');

test('whatever an attacker calls things: outside of code there are our words only, and no syntax of Slack anywhere', () => {
  fc.assert(
    fc.property(hostileUpdate, (told) => {
      const message: SlackMessage = slackMessage({ ...told, id: '0123abcd' });
      const text = JSON.stringify(message);
      expect(Buffer.byteLength(text)).toBeLessThan(32_768);
      expect(Buffer.from(text).toString()).toBe(text);
      const [attachment] = message.attachments;
      const { severity, kind } = told.incident;
      expect(outsideCode(message.text)).toMatch(new RegExp(`^\\*${severity}\\* · ${kind} ${told.change}: –?$`));
      expect(outsideCode(attachment.text)).toMatch(/^–?$/);
      expect(attachment.footer).toBe('Moorwatch 0123abcd');
      for (const { value, title } of attachment.fields) {
        expect(outsideCode(value)).toMatch(/^–?$/);
        expect(title).toMatch(/^[A-Za-z&; ]+$/);
        expect(Buffer.byteLength(value)).toBeLessThanOrEqual(700);
      }
      const all = [message.text, attachment.text, attachment.fallback, ...attachment.fields.map(({ value }) => value)];
      for (const one of all) {
        expect(one).not.toMatch(/[<>]|&(?!amp;|lt;|gt;)/);
        expect(one).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/u);
        expect(Buffer.byteLength(one)).toBeLessThanOrEqual(3_000);
      }
    }),
    { numRuns: 300 },
  );
});
