import { describe, expect, it, test } from 'vitest';
import { alertsOf } from '../../../../alerting/formats/alertmanager.ts';
import { cefMessage } from '../../../../alerting/formats/cef.ts';
import { ecsDocument } from '../../../../alerting/formats/ecs.ts';
import { email } from '../../../../alerting/formats/email.ts';
import { falcoAlert } from '../../../../alerting/formats/falco.ts';
import { incidentLogRecord } from '../../../../alerting/formats/otel.ts';
import { pagerdutyEvent } from '../../../../alerting/formats/pagerduty.ts';
import { slackMessage } from '../../../../alerting/formats/slack.ts';
import { splunkEvent } from '../../../../alerting/formats/splunk.ts';
import { syslogMessage } from '../../../../alerting/formats/syslog.ts';
import { lineOf } from '../../../../alerting/formats/syslog-fields.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { ended, finding, record, rule, told, updatesOf } from '../finding-records.ts';
import { minute, run } from '../incidents/run.ts';
import { update } from '../updates.ts';

const version = '1.2.3';
const common = { facility: 'local0', maxBytes: 2_048, version } as const;

type Says = (one: IncidentUpdate) => unknown;
const splunk = (one: IncidentUpdate) =>
  (JSON.parse(splunkEvent(one, { source: 's', sourcetype: 't' })) as { event: Record<string, string> }).event;
const falco = (one: IncidentUpdate) => JSON.parse(falcoAlert(one)) as Record<string, string>;
const syslog = (one: IncidentUpdate) => syslogMessage(one, { ...common, enterpriseNumber: 32_473 });
const cef = (one: IncidentUpdate) => cefMessage(one, { ...common, header: 'rfc5424' });
const annotations = (one: IncidentUpdate) =>
  alertsOf(one, { now: 5_000, holdMs: 1_000, before: undefined })[0]?.annotations;
const plain = (one: IncidentUpdate) => email(one, 'example.com').text;

/** What a person reads of an update, and the rule that it is about where somebody reads that. */
const formats: readonly { readonly name: string; readonly text: Says; readonly ruleIn: Says }[] = [
  {
    name: 'ECS',
    text: (one) => ecsDocument(one, { version }).message,
    ruleIn: (one) => JSON.stringify(ecsDocument(one, { version }).rule),
  },
  { name: 'Splunk', text: (one) => splunk(one).description, ruleIn: (one) => splunk(one).rule_id },
  { name: 'Falco', text: (one) => falco(one).output, ruleIn: (one) => falco(one).rule },
  {
    name: 'syslog',
    text: (one) => syslog(one).split('] ').at(-1),
    ruleIn: (one) => / rule="[^"]*"/.exec(syslog(one))?.[0],
  },
  { name: 'CEF', text: (one) => cef(one).split(' msg=')[1], ruleIn: (one) => cef(one).split('|').slice(4, 6).join() },
  {
    name: 'OpenTelemetry',
    text: (one) => incidentLogRecord(one).body,
    ruleIn: (one) => incidentLogRecord(one).attributes['security_rule.uuid'],
  },
  {
    name: 'PagerDuty',
    text: (one) => pagerdutyEvent(one).payload.summary,
    ruleIn: (one) => pagerdutyEvent(one).payload.custom_details.rule,
  },
  { name: 'Alertmanager', text: (one) => annotations(one)?.description, ruleIn: (one) => annotations(one)?.rule },
  {
    name: 'e-mail',
    text: (one) => plain(one).split('\n').slice(0, 4).join('\n'),
    ruleIn: (one) => /^Rule: .*$/m.exec(plain(one))?.[0],
  },
  {
    name: 'e-mail in HTML',
    text: (one) => email(one, 'example.com').html.split('<table>')[0],
    ruleIn: (one) => /Rule<.*$/m.exec(email(one, 'example.com').html)?.[0],
  },
];

const at = (id: string, logged: number, more: Parameters<typeof finding>[1] = {}) =>
  record(told(finding(id, { at: logged, ...rule(`rule-${id}`), summary: `sentence ${id}`, ...more })), logged);
const condition = { nature: 'condition', subject: 's', severity: 'critical' } as const;

const grown = updatesOf(
  await run([
    [
      at('a', minute, { severity: 'medium' }),
      at('net', minute + 1, { severity: 'critical' }),
      at('b', minute + 2, { severity: 'low' }),
    ],
    [at('x', 2 * minute, { severity: 'low' }), at('y', 2 * minute + 1), at('z', 2 * minute + 2, { severity: 'low' })],
    [at('c', 3 * minute, condition)],
    [record(ended('c', 's', { at: 4 * minute }), 4 * minute)],
  ]),
);
const [batch, more, , end] = grown;
if (batch === undefined || more === undefined || end === undefined) throw new Error('there are four updates');

describe.each(formats)('$name', ({ text, ruleIn }) => {
  it('names the worst of what an update tells, wherever it stands in it', () => {
    expect(text(batch)).toContain('sentence net');
    expect(ruleIn(batch)).toContain('rule-net');
    expect(text(more)).toContain('sentence y');
    expect(ruleIn(more)).toContain('rule-y');
  });

  it('says that a condition ended', () => {
    expect(text(end)).toContain('no longer so: sentence c');
    expect(text(batch)).not.toContain('no longer so');
  });
});

test('a chat names the worst, and says that a condition ended, also in what it shows first that a condition ended, also in what it shows first', () => {
  expect(slackMessage(more).attachments[0].text).toBe('`sentence y`');
  expect(slackMessage(end).attachments[0].text).toBe('`no longer so: sentence c`');
  expect(slackMessage(end).text).toContain('· incident grown, a condition ended: `web: ');
  expect(email(end, 'example.com').subject).toContain('critical incident grown, a condition ended: web: ');
  expect(slackMessage(more).text).toContain('· incident grown: `web: ');
});

test('a list of lines begins with the gravest, and says which are no longer so', () => {
  const lines = email(end, 'example.com').text.split('\n- ').slice(1);
  expect(lines.slice(0, 2)).toEqual(['critical, rule-net: sentence net', 'critical, rule-c: no longer so: sentence c']);
  expect(pagerdutyEvent(end).payload.custom_details.lines).toMatchObject([
    { summary: 'sentence net' },
    { summary: 'no longer so: sentence c' },
    { summary: 'sentence y' },
    { summary: 'sentence a' },
    { severity: 'low' },
    { severity: 'low' },
    { severity: 'low' },
  ]);
});

test('the worst finding of a batch is the one that an update names, also where more of the same or a lesser one came last', async () => {
  expect(grown.map(({ finding: id }) => id)).toEqual(['net', 'y', 'c', undefined]);
  const same = updatesOf(
    await run([[at('a', minute), at('a2', minute + 1, { ...rule('rule-a'), summary: 'sentence a' })]]),
  );
  expect(same[0]).toMatchObject({ finding: 'a', incident: { count: 2 } });
});

describe('the line of an update', () => {
  const [line] = update(1).incident.findings;
  if (line === undefined) throw new Error('an update has a line');
  const findings = (['low', 'high', 'critical', 'high'] as const).map((severity, n) => ({
    ...line,
    id: `l${n}`,
    severity,
    lastAt: 1_000 + n,
  }));
  const of = (more: Partial<IncidentUpdate>) => lineOf({ ...update(1, { findings }), ...more })?.id;

  it.each<[Partial<IncidentUpdate>, string]>([
    [{ lines: [{ id: 'l0', how: 'new' }] }, 'l0'],
    [
      {
        lines: [
          { id: 'l0', how: 'new' },
          { id: 'l1', how: 'more' },
        ],
      },
      'l1',
    ],
    [
      {
        lines: [
          { id: 'l1', how: 'new' },
          { id: 'l3', how: 'more' },
        ],
      },
      'l1',
    ],
    [
      {
        lines: [
          { id: 'l1', how: 'new' },
          { id: 'l3', how: 'new' },
        ],
      },
      'l3',
    ],
    [
      {
        lines: [
          { id: 'l0', how: 'more' },
          { id: 'l2', how: 'ended' },
        ],
      },
      'l0',
    ],
    [
      {
        lines: [
          { id: 'l1', how: 'ended' },
          { id: 'l2', how: 'ended' },
        ],
      },
      'l2',
    ],
    [{ lines: [] }, 'l2'],
    [{ lines: [{ id: 'gone', how: 'new' }] }, 'l2'],
    [{ finding: 'l1' }, 'l1'],
    [{ finding: 'gone' }, 'l2'],
    [{}, 'l2'],
  ])('%j: %s', (more, expected) => {
    expect(of(more)).toBe(expected);
  });

  it('is none where the incident has none', () => {
    expect(lineOf(update(1, { findings: [] }))).toBeUndefined();
  });
});
