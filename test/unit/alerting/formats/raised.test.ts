import { expect, test } from 'vitest';
import { alertsOf } from '../../../../alerting/formats/alertmanager.ts';
import { cefMessage } from '../../../../alerting/formats/cef.ts';
import { ecsDocument } from '../../../../alerting/formats/ecs.ts';
import { email } from '../../../../alerting/formats/email.ts';
import { falcoAlert } from '../../../../alerting/formats/falco.ts';
import { moorwatchFormat } from '../../../../alerting/formats/index.ts';
import { ocsfEvents } from '../../../../alerting/formats/ocsf.ts';
import { incidentLogRecord } from '../../../../alerting/formats/otel.ts';
import { pagerdutyEvent } from '../../../../alerting/formats/pagerduty.ts';
import { slackMessage } from '../../../../alerting/formats/slack.ts';
import { splunkEvent } from '../../../../alerting/formats/splunk.ts';
import { syslogMessage } from '../../../../alerting/formats/syslog.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { update } from '../updates.ts';

const raised = { from: 'medium' as const, because: ['telemetry agrees: engine, procfs', 'it [hides] = "so"\n'] };
const version = '1.2.3';
const common = { facility: 'local0', maxBytes: 2_048, version } as const;
const begin = 'one step more than medium: telemetry agrees: engine, procfs; it ';

/** Where each says why an incident is worse than its worst finding, and how the text stands there. */
const formats: readonly (readonly [name: string, write: (told: IncidentUpdate) => unknown, said: unknown])[] = [
  ['moorwatch', (told) => JSON.parse(moorwatchFormat.body(told) ?? '') as unknown, { incident: { raised } }],
  [
    'ECS',
    (told) => ecsDocument(told, { version }),
    {
      moorwatch: { incident: { raised: { from: 'medium', because: [raised.because[0], 'it [hides] = "so"\\u{a}'] } } },
    },
  ],
  [
    'OCSF',
    (told) => ocsfEvents(told, { ocsfClass: 'incident', version })[0]?.event,
    { unmapped: { raised: `${begin}[hides] = "so"\\u{a}` } },
  ],
  [
    'Splunk',
    (told) => JSON.parse(splunkEvent(told, { source: 's', sourcetype: 't' })) as unknown,
    { event: { raised: `${begin}[hides] = "so"\\u{a}` } },
  ],
  [
    'Falco',
    (told) => JSON.parse(falcoAlert(told)) as unknown,
    { output_fields: { 'moorwatch.raised': `${begin}[hides] = "so"\\u{a}` } },
  ],
  [
    'syslog',
    (told) => syslogMessage(told, { ...common, enterpriseNumber: 32_473 }),
    expect.stringContaining(` raised="${begin}[hides\\] = \\"so\\"\\\\u{a}"`),
  ],
  [
    'CEF',
    (told) => cefMessage(told, { ...common, header: 'rfc5424' }),
    expect.stringContaining(` MoorwatchRaised=${begin}[hides] \\= "so"\\n msg=`),
  ],
  ['OpenTelemetry', incidentLogRecord, { attributes: { 'moorwatch.incident.raised': `${begin}[hides] = "so"\n` } }],
  ['PagerDuty', pagerdutyEvent, { payload: { custom_details: { raised: `${begin}[hides] = "so"\\u{a}` } } }],
  [
    'Alertmanager',
    (told) => alertsOf(told, { now: 5_000, holdMs: 1_000, before: undefined })[0],
    { annotations: { raised: `${begin}[hides] = "so"\\u{a}` } },
  ],
  [
    'e-mail',
    (told) => email(told, 'example.com'),
    {
      text: expect.stringContaining(`\nRaised: ${begin}[hides] = "so"\\u{a}\n`) as string,
      html: expect.stringContaining(`<td>${begin}[hides] = &quot;so&quot;\\u{a}</td>`) as string,
    },
  ],
  [
    'Slack',
    slackMessage,
    {
      attachments: [
        {
          fields: expect.arrayContaining([
            { title: 'Raised', value: `\`${begin}[hides] = "so"\\u{a}\``, short: false },
          ]) as object,
        },
      ],
    },
  ],
];

test.each(formats)('%s says why an incident is worse than its worst finding', (_, write, said) => {
  const written = write(update(1, { raised }));
  if (typeof written === 'string') expect(written).toEqual(said);
  else expect(written).toMatchObject(said as object);
});

test.each(formats)('%s says nothing of it where nothing raised it', (_, write) => {
  expect(JSON.stringify(write(update(1))) ?? '').not.toMatch(/raised/i);
});

test.each(formats)('%s tells the title that an incident has now', (_, write) => {
  const title = 'web: Escape in job, and 1 more finding';
  expect(JSON.stringify(write(update(1, { title }, 'reopened')))).toContain(title);
});
