import { createRequire } from 'node:module';
import { expect, test, vi } from 'vitest';
import { readEnvironment } from '../../../../shared/config/environment.ts';
import { openOtel } from '../../../../shared/telemetry/otel.ts';

test('what is sent over gRPC needs no file any more once OpenTelemetry is open: who sends may not read them', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:1');
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc');
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '200');
  const { otel } = readEnvironment(process.env);
  const exporter = await openOtel({ otel, part: 'monitor', version: '1', host: 'anchor' });
  // The id of the machine is looked for beside everything else from the start on, and left out when it cannot be read.
  const loaded = () =>
    Object.keys(createRequire(import.meta.url).cache).filter(
      (file) => file.includes('node_modules') && !file.includes('/machine-id/'),
    );
  const before = new Set(loaded());
  expect(before.size).toBeGreaterThan(50);
  exporter.span({ traceId: 'a'.repeat(32), name: 'observe', startMs: 1, endMs: 2, attributes: {} });
  await exporter.close().catch(() => undefined);
  expect(loaded().filter((file) => !before.has(file))).toEqual([]);
  vi.unstubAllEnvs();
}, 60_000);
