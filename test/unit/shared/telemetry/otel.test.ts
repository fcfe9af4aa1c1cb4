import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { readEnvironment } from '../../../../shared/config/environment.ts';
import { openOtel, otelName } from '../../../../shared/telemetry/otel.ts';
import { rootSpanId } from '../../../../shared/trace-context.ts';

let server: Server;
const bodies = new Map<string, string[]>();

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      const path = request.url ?? '';
      bodies.set(path, [...(bodies.get(path) ?? []), Buffer.concat(chunks).toString()]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_PROTOCOL', 'http/json');
});
afterAll(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

test('metrics and one trace from observation to delivery arrive over OTLP', async () => {
  const { otel } = readEnvironment(process.env);
  const exporter = await openOtel({ otel, part: 'monitor', version: '1.2.3', host: 'anchor' });
  const traceId = '0123456789abcdef0123456789abcdef';
  exporter.metrics(() => [
    { name: 'moorwatch_findings_total', help: 'F.', type: 'counter', value: 3, attributes: { severity: 'high' } },
  ]);
  exporter.metrics(() => [{ name: 'moorwatch_lag', help: 'L.', type: 'gauge', value: 7, attributes: {} }]);
  exporter.span({
    traceId,
    name: 'observe',
    startMs: 1_800_000_001_000,
    endMs: 1_800_000_002_000,
    attributes: { kind: 'exec' },
  });
  exporter.span({ traceId, name: 'deliver', startMs: 1_800_000_003_000, endMs: 1_800_000_004_000, attributes: {} });
  await exporter.close();
  await exporter.close();

  const traces = (bodies.get('/v1/traces') ?? []).join('');
  expect(traces.match(new RegExp(traceId, 'g'))).toHaveLength(2);
  expect(traces).toContain(`"spanId":"${rootSpanId(traceId)}"`);
  expect(traces).toContain(`"parentSpanId":"${rootSpanId(traceId)}"`);
  expect(traces).toContain('"startTimeUnixNano":"1800000001000000000"');
  const metrics = (bodies.get('/v1/metrics') ?? []).join('');
  for (const text of [
    '"moorwatch.up"',
    '"moorwatch.findings"',
    '"moorwatch.lag"',
    '"asDouble":3',
    'service.name',
    'anchor/monitor',
  ])
    expect(metrics).toContain(text);
  expect(bodies.has('/v1/logs')).toBe(false);
  // The SDK alone takes seconds to load on a busy machine.
}, 30_000);

test.each([
  ['moorwatch_observations_total', 'moorwatch.observations'],
  ['moorwatch_queue_records', 'moorwatch.queue_records'],
])('%s is %s', (prometheus, otel) => {
  expect(otelName(prometheus)).toBe(otel);
});
