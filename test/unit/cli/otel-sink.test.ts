import { expect, test } from 'vitest';
import { environmentSink } from '../../../cli/processes/otel-sink.ts';
import { readEnvironment } from '../../../shared/config/environment.ts';
import { configSchema } from '../../../shared/config/schema.ts';

const tower = { type: 'otel', url: 'https://collector.example:4318' };

test.each([
  ['there is an endpoint', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example' }, {}, 'otel'],
  ['there is none', {}, {}, undefined],
  ['it is for traces', { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c.example' }, {}, undefined],
  [
    'logs are left out',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example', OTEL_LOGS_EXPORTER: 'none' },
    {},
    undefined,
  ],
  ['one is configured', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example' }, { tower }, undefined],
  [
    'its name is taken',
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://c.example' },
    { otel: { type: 'file', path: '/tmp/x' } },
    undefined,
  ],
] as const)('the sink of OpenTelemetry’s variables when %s', async (_, variables, sinks, name) => {
  const config = configSchema.parse({ sinks });
  const { otel } = readEnvironment(variables);
  const sink = await environmentSink({ config, otel, version: '1', host: 'h' });
  expect(sink?.name).toBe(name);
  await sink?.close?.();
});

test('an endpoint that is no address is told, not waited for', async () => {
  const { otel } = readEnvironment({ OTEL_EXPORTER_OTLP_ENDPOINT: 'ftp://c.example' });
  const config = configSchema.parse({});
  await expect(environmentSink({ config, otel, version: '1', host: 'h' })).rejects.toThrow('cannot be read');
});
