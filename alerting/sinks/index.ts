import { hostname } from 'node:os';
import { otlpLogsPath } from '../../shared/config/otel-environment.ts';
import type { SinkConfig } from '../../shared/config/schema.ts';
import { otelResource } from '../../shared/telemetry/otel.ts';
import { createFormat } from '../formats/index.ts';
import { createAlertmanagerSink } from './alertmanager.ts';
import { createCefSink } from './cef.ts';
import { createElasticsearchSink } from './elasticsearch.ts';
import { createEmailSink } from './email.ts';
import { createFileSink } from './file.ts';
import { createHeartbeatSink } from './heartbeat.ts';
import { createKafkaSink } from './kafka.ts';
import { createOtelSink } from './otel.ts';
import { createPagerdutySink } from './pagerduty.ts';
import type { Sink } from './sink.ts';
import { createSlackSink } from './slack.ts';
import { createSplunkSink } from './splunk.ts';
import { createSyslogSink } from './syslog.ts';
import { createWebhookSink } from './webhook.ts';

export interface SinkSurroundings {
  readonly clock: () => number;
  /** Of Moorwatch. */
  readonly version: string;
}

/** A sink as configured under `sinks.<name>`. One line per kind. */
export function createSink(name: string, config: SinkConfig, { clock, version }: SinkSurroundings): Sink {
  switch (config.type) {
    case 'webhook':
      return createWebhookSink({ ...config, name, clock, format: createFormat(config, version) });
    case 'file':
      return createFileSink({ ...config, name, format: createFormat(config, version) });
    case 'pagerduty':
      return createPagerdutySink({ ...config, name, clock });
    case 'alertmanager':
      return createAlertmanagerSink({ ...config, name, clock });
    case 'slack':
      return createSlackSink({ ...config, name, clock });
    case 'email':
      return createEmailSink({ ...config, name, clock });
    case 'elasticsearch':
      return createElasticsearchSink({ ...config, name, clock, version });
    case 'splunk':
      return createSplunkSink({ ...config, name, clock });
    case 'kafka':
      return createKafkaSink({ ...config, name, format: createFormat(config, version) });
    case 'heartbeat':
      return createHeartbeatSink({ ...config, name, clock });
    case 'syslog':
      return createSyslogSink({ ...config, name, version });
    case 'cef':
      return createCefSink({ ...config, name, version });
    case 'otel': {
      const resource = otelResource({ part: 'monitor', version, host: hostname() });
      return createOtelSink({ ...config, name, clock, version, resource, path: otlpLogsPath });
    }
  }
}
