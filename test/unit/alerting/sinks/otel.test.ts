import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createOtelSink } from '../../../../alerting/sinks/otel.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';

const update = incidentUpdateSchema.parse({
  id: 'update-1',
  change: 'opened',
  at: 1_767_323_045_000,
  finding: 'f',
  incident: {
    id: 'incident-1',
    version: 1,
    kind: 'incident',
    status: 'open',
    title: 'web mounts the Docker socket',
    severity: 'critical',
    openedAt: 0,
    updatedAt: 0,
    host: { id: 'h', name: 'host1' },
    container: { id: 'c1', name: 'web', image: { name: 'nginx:1', id: 'sha256:x' }, lineage: 'l' },
    findings: [
      {
        id: 'f',
        rule: { id: 'rule-1', title: 'Docker socket mounted', catalogue: ['MNT-01'] },
        kind: 'signature',
        nature: 'condition',
        severity: 'critical',
        summary: 'mounted',
        count: 1,
        firstAt: 0,
        lastAt: 0,
      },
    ],
    more: 0,
    count: 1,
    techniques: ['T1611'],
    tactics: ['privilege-escalation'],
    ruleSets: [],
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
  },
});

let server: Server;
let answer: { status: number; body: string };
let received: unknown[];

beforeEach(async () => {
  answer = { status: 200, body: '{}' };
  received = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => void chunks.push(chunk));
    request.on('end', () => {
      received.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '400');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const sink = () => createOtelSink({ protocol: 'http/json', resource: { 'service.name': 'moorwatch' }, version: '1' });
const never = new AbortController().signal;

test('an incident arrives as a log record with its name, time, severity, trace and attributes', async () => {
  const otel = await sink();
  expect(await otel.send(update, never)).toEqual({ kind: 'delivered' });
  await otel.close?.();
  expect(received).toHaveLength(1);
  const text = JSON.stringify(received[0]);
  expect(received[0]).toMatchObject({
    resourceLogs: [
      {
        scopeLogs: [
          {
            scope: { name: 'moorwatch', version: '1' },
            logRecords: [
              {
                eventName: 'moorwatch.incident.opened',
                timeUnixNano: '1767323045000000000',
                severityNumber: 21,
                severityText: 'CRITICAL',
                body: { stringValue: 'web mounts the Docker socket: mounted' },
                traceId: 'a'.repeat(32),
                spanId: 'b'.repeat(16),
              },
            ],
          },
        ],
      },
    ],
  });
  for (const attribute of [
    'container.id',
    'container.image.name',
    'security_rule.uuid',
    'service.name',
    'moorwatch.update.id',
  ])
    expect(text).toContain(`"${attribute}"`);
});

test.each([
  [400, 'refused'],
  [413, 'refused'],
  [401, 'retry'],
  [404, 'retry'],
  [503, 'retry'],
] as const)('an answer of %i is %s, never delivered', async (status, kind) => {
  answer = { status, body: '{}' };
  const otel = await sink();
  expect(await otel.send(update, never)).toMatchObject({ kind });
  await otel.close?.();
});

test('a 200 that rejects the record in its body is refused', async () => {
  answer = { status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}' };
  const otel = await sink();
  expect(await otel.send(update, never)).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('too old') as unknown,
  });
  answer = { status: 200, body: '{"partialSuccess":{}}' };
  expect(await otel.send(update, never)).toEqual({ kind: 'delivered' });
  await otel.close?.();
});

test('what a receiver says of one message is not taken for what it says of another partition’s', async () => {
  const rejecting = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
  let requests = 0;
  server.removeAllListeners('request').on('request', (request: IncomingMessage, response: ServerResponse) => {
    requests += 1;
    const [body, afterMs] = requests === 1 ? [rejecting, 0] : ['{}', 60];
    request.resume();
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), afterMs);
  });
  const otel = await sink();
  const kinds = (await Promise.all([otel.send(update, never), otel.send(update, never)])).map(({ kind }) => kind);
  expect(kinds).toEqual(['refused', 'delivered']);
  await otel.close?.();
});

test('who stops does not wait for the receiver', async () => {
  server.removeAllListeners('request').on('request', (request: IncomingMessage) => void request.resume());
  const otel = await sink();
  const stopping = new AbortController();
  const began = performance.now();
  const sending = otel.send(update, stopping.signal);
  setTimeout(() => stopping.abort(), 20);
  expect(await sending).toEqual({ kind: 'retry', reason: 'stopped' });
  expect(performance.now() - began).toBeLessThan(350);
  expect(await otel.send(update, stopping.signal)).toMatchObject({ kind: 'retry' });
  server.closeAllConnections();
  await otel.close?.();
});

test('a receiver that is away is tried again, and what failed is not sent twice in one message', async () => {
  const otel = await sink();
  answer = { status: 503, body: '' };
  await otel.send(update, never);
  received = [];
  answer = { status: 200, body: '{}' };
  expect(await otel.send(update, never)).toEqual({ kind: 'delivered' });
  const bodies = received as { resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[] }[];
  expect(bodies.at(-1)?.resourceLogs[0]?.scopeLogs[0]?.logRecords).toHaveLength(1);
  await otel.close?.();
});
