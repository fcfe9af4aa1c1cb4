import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Alert } from '../../../../alerting/formats/alertmanager.ts';
import { createAlertmanagerSink } from '../../../../alerting/sinks/alertmanager.ts';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type StubReceiver, startStubReceiver } from '../../../support/stub-receiver.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const headersFile = join(temporaryDirectory('alertmanager'), 'headers');
writeFileSync(headersFile, 'Authorization: Bearer s3cret-token\n');

const sinkTo = (url: string, more: { timeoutMs?: number } = {}) =>
  createAlertmanagerSink({
    name: 'am',
    url,
    headersFile,
    timeoutMs: 5_000,
    holdMinutes: 60,
    clock: Date.now,
    ...more,
  });
const batches = (stub: StubReceiver) => stub.requests.map(({ body }) => JSON.parse(body) as readonly Alert[]);

describe('the Alertmanager sink', () => {
  describeSinkCompliance(async () => {
    const stub = await startStubReceiver({ status: 200 });
    return {
      sink: sinkTo(`${stub.url}/s3cret-path`),
      received: async () => batches(stub).map(([alert]) => String(alert?.annotations.update)),
      goAway: stub.goAway,
      comeBack: async () => {
        stub.answer = { status: 200 };
        await stub.comeBack();
      },
      refuse: async () => {
        stub.answer = { status: 400, body: '"at least one label pair required"' };
      },
      hang: async () => {
        stub.answer = undefined;
      },
      secrets: ['s3cret-token', 's3cret-path'],
      close: stub.goAway,
    };
  });

  const { signal } = new AbortController();
  let stub: StubReceiver;
  beforeEach(async () => {
    stub = await startStubReceiver({ status: 200 });
  });
  afterEach(() => stub.goAway());

  it('is made as configured: below the address, with its headers, firing for a week', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const { sinks } = configSchema.parse({
      sinks: { am: { type: 'alertmanager', url: `${stub.url}/am/`, headersFile } },
    });
    const sink = sinks.am && createSink('am', sinks.am, { clock: () => now, version: '1' });
    expect(await sink?.send(update(1), signal)).toEqual({ kind: 'delivered' });
    expect(stub.requests[0]).toMatchObject({
      path: '/am/api/v2/alerts',
      headers: { 'content-type': 'application/json', authorization: 'Bearer s3cret-token' },
    });
    expect(batches(stub)[0]?.[0]?.endsAt).toBe('2026-01-08T00:00:00.000Z');
    await sink?.close?.();
  });

  it('ends the alert of the severity before, exactly where it knows it', async () => {
    const sink = sinkTo(stub.url);
    await sink.send(update(1, { severity: 'low' }), signal);
    await sink.send(update(1, { version: 2, severity: 'critical' }, 'grown'), signal);
    await sink.send(update(1, { version: 3, severity: 'critical' }, 'grown'), signal);
    await sink.close?.();
    const severities = batches(stub).map((alerts) => alerts.map(({ labels }) => labels.severity));
    expect(severities).toEqual([['low'], ['critical', 'low'], ['critical']]);
  });

  it('does not take for known what another process may have told meanwhile', async () => {
    const sink = sinkTo(stub.url);
    await sink.send(update(1, { severity: 'high' }), signal);
    await sink.send(update(1, { version: 5, severity: 'critical' }, 'grown'), signal);
    await sink.close?.();
    expect(batches(stub)[1]?.map(({ labels }) => `${labels.severity} ${labels.workload ?? ''}`)).toEqual([
      'critical service-1',
      'high ',
      'high service-1',
      'critical ',
    ]);
  });

  it.each([
    [200, 'delivered'],
    [400, 'refused'],
    [401, 'retry'],
    [404, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('judges %i as %s', async (status, kind) => {
    stub.answer = { status };
    const sink = sinkTo(stub.url);
    expect((await sink.send(update(1), signal)).kind).toBe(kind);
    await sink.close?.();
  });
});
