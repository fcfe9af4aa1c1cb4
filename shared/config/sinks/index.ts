import { z } from 'zod';
import { alertmanager } from './alertmanager.ts';
import { elasticsearch } from './elasticsearch.ts';
import { email } from './email.ts';
import { file } from './file.ts';
import { heartbeat } from './heartbeat.ts';
import { kafka } from './kafka.ts';
import { otel } from './otel.ts';
import { pagerduty } from './pagerduty.ts';
import { slack } from './slack.ts';
import { splunk } from './splunk.ts';
import { cef, syslog } from './syslog.ts';
import { webhook } from './webhook.ts';

/** One line per kind of sink, and a file beside this one. */
export const sinkSchema = z.discriminatedUnion('type', [
  webhook,
  file,
  pagerduty,
  alertmanager,
  slack,
  email,
  elasticsearch,
  splunk,
  kafka,
  heartbeat,
  syslog,
  cef,
  otel,
]);
