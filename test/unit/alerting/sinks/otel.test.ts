import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { createOtelSink } from '../../../../alerting/sinks/otel.ts';
import { grpcVerdict } from '../../../../alerting/sinks/otel-grpc-verdict.ts';
import type { OtelSinkOptions } from '../../../../alerting/sinks/otel-transport.ts';
import type { Sink } from '../../../../alerting/sinks/sink.ts';
import { incidentUpdateSchema } from '../../../../shared/incident.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type StubReceiver, startStubReceiver } from '../../../support/stub-receiver.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

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

let stub: StubReceiver;
beforeEach(async () => {
  stub = await startStubReceiver(taking);
});
afterEach(() => stub.goAway());

const json = { 'content-type': 'application/json' };
const taking = { status: 200, headers: json, body: '{}' };
const sink = (more: Partial<OtelSinkOptions> = {}): Sink =>
  createOtelSink({
    name: 'otel',
    url: stub.url,
    path: 'v1/logs',
    protocol: 'http/json',
    compression: 'none',
    timeoutMs: 400,
    resource: { 'service.name': 'moorwatch' },
    version: '1',
    clock: () => 1_767_323_046_500,
    ...more,
  });
const never = new AbortController().signal;
const receivedJson = (): unknown[] => stub.requests.map(({ body }) => JSON.parse(body) as unknown);

/** The idempotency ids in the requests that were taken. */
const idsIn = (requests: StubReceiver['requests']): string[] =>
  requests
    .filter(({ status, body }) => status === 200 && body !== '')
    .map(({ body }) => /"moorwatch\.update\.id","value":\{"stringValue":"([^"]*)"/.exec(body)?.[1] ?? '');

describeSinkCompliance(async () => {
  const headersFile = join(temporaryDirectory('otel', onTestFinished), 'headers');
  writeFileSync(headersFile, 'Authorization: Bearer t0p-secret\n');
  return {
    sink: sink({ headersFile }),
    received: async () => idsIn(stub.requests),
    goAway: () => stub.goAway(),
    comeBack: async () => {
      stub.answer = taking;
      await stub.comeBack();
    },
    refuse: async () => {
      stub.answer = { status: 400 };
    },
    hang: async () => {
      stub.answer = undefined;
    },
    secrets: ['t0p-secret'],
    close: async () => undefined,
  };
});

test('an incident arrives as a log record with its name, time, severity, trace and attributes', async () => {
  const otel = sink();
  expect(await otel.send(update, never)).toEqual({ kind: 'delivered' });
  await otel.close?.();
  const received = receivedJson();
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
                observedTimeUnixNano: '1767323046500000000',
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
  stub.answer = { status, body: '{}' };
  const otel = sink();
  expect(await otel.send(update, never)).toMatchObject({ kind });
  await otel.close?.();
});

test('a 200 that rejects the record in its body is refused', async () => {
  stub.answer = { ...taking, body: '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}' };
  const otel = sink();
  expect(await otel.send(update, never)).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('too old') as unknown,
  });
  stub.answer = { ...taking, body: '{"partialSuccess":{}}' };
  expect(await otel.send(update, never)).toEqual({ kind: 'delivered' });
  await otel.close?.();
});

test('what a receiver says of one message is not taken for what it says of another partition’s', async () => {
  const rejecting = '{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"too old"}}';
  stub.answer = () => ({ status: 200, headers: json, body: stub.requests.length === 0 ? rejecting : '{}' });
  const otel = sink();
  const kinds = (await Promise.all([otel.send(update, never), otel.send(update, never)])).map(({ kind }) => kind);
  expect(kinds.sort()).toEqual(['delivered', 'refused']);
  await otel.close?.();
});

test('a receiver may ask for time, and gets its headers, its path and gzip', async () => {
  stub.answer = { status: 429, headers: { 'retry-after': '7' } };
  const otel = sink({ headers: { 'x-tenant': 'a' }, compression: 'gzip' });
  expect(await otel.send(update, never)).toMatchObject({ kind: 'retry', afterMs: 7_000 });
  expect(stub.requests[0]).toMatchObject({
    path: '/v1/logs',
    headers: { 'x-tenant': 'a', 'content-encoding': 'gzip', 'content-type': 'application/json' },
  });
  await otel.close?.();
});

test.each([
  ['http/json', '{"code":3,"message":"request body too large"}', 'the receiver answered 400 (request body too large)'],
  ['http/json', '{"code":3}', 'the receiver answered 400'],
  ['http/json', '<html>', 'the receiver answered 400'],
  ['http/protobuf', '\u0008\u0003\u0012\u0009too large', 'the receiver answered 400 (too large)'],
  ['http/protobuf', '\u0012\u007ftoo short', 'the receiver answered 400'],
  ['http/protobuf', '<html>', 'the receiver answered 400'],
  ['http/protobuf', '', 'the receiver answered 400'],
] as const)('a refusal over %s with %j tells its reason', async (protocol, body, reason) => {
  stub.answer = { status: 400, body };
  const otel = sink({ protocol });
  expect(await otel.send(update, never)).toEqual({ kind: 'refused', reason });
  await otel.close?.();
});

test.each([
  ['an address without a scheme', { url: 'collector:4318' }, 'cannot be read'],
  ['a certificate that nobody looks at', { ca: '/ca.pem' }, 'not encrypted'],
  ['a certificate of ours, over gRPC without TLS', { protocol: 'grpc', cert: '/c', key: '/k' }, 'not encrypted'],
  ['a header that gRPC cannot send', { protocol: 'grpc', headers: { 'x-a': 'ü' } }, 'x-a cannot be sent over gRPC'],
  ['a name that gRPC sends as bytes', { protocol: 'grpc', headers: { 'x-bin': 'a' } }, 'x-bin cannot be sent'],
] as const)('%s is refused at the start', (_, more, message) => {
  expect(() => sink(more)).toThrow(message);
});

test.each([
  [3, 'the record is wrong', 'refused', 'the receiver answered 3 (the record is wrong)'],
  [4, 'Deadline exceeded', 'retry', 'no answer within 400 ms'],
  [7, 'no', 'retry', 'the receiver answered 7 (no): check the credentials in headersFile, and what they allow'],
  [8, 'grpc: received message larger than max (9 vs. 4)', 'refused', 'larger than max'],
  [8, 'quota', 'retry', 'the receiver answered 8 (quota)'],
  [12, 'unknown service', 'retry', 'no log records are taken there over gRPC'],
  [13, 'broken', 'retry', 'the receiver answered 13 (broken)'],
  [16, 'who?', 'retry', 'check the credentials in headersFile'],
  [14, 'No connection established. Last error: Error: connect ECONNREFUSED 127.0.0.1:1', 'retry', 'nothing listens'],
  [14, 'No connection established. Last error: self-signed certificate', 'retry', ': check ca'],
  [
    14,
    'No connection established. Last error: Failed to connect (2026-11-30T18:18:29.825Z). Resolution note: ',
    'retry',
    'Failed to connect: check that the receiver speaks gRPC',
  ],
] as const)('gRPC’s status %i (%s) is %s', (code, details, kind, reason) => {
  expect(grpcVerdict(code, details, 400)).toEqual({ kind, reason: expect.stringContaining(reason) as unknown });
});
