import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { createPagerdutySink } from '../../../../alerting/sinks/pagerduty.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { asPagerduty, pagerdutyEventIn, pagerdutyKey, pagerdutyRefusal } from '../../../support/pagerduty.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { type StubReceiver, startStubReceiver } from '../../../support/stub-receiver.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const directory = temporaryDirectory('pagerduty');
const routingKeyFile = join(directory, 'key');
writeFileSync(routingKeyFile, `${pagerdutyKey}\n`);

const sinkTo = (url: string, more: { timeoutMs?: number; routingKeyFile?: string } = {}) =>
  createPagerdutySink({ name: 'pager', url, routingKeyFile, timeoutMs: 5_000, clock: Date.now, ...more });
const events = (stub: StubReceiver) => stub.requests.map(({ body }) => pagerdutyEventIn(body));

describe('the PagerDuty sink', () => {
  describeSinkCompliance(async () => {
    const stub = await startStubReceiver(asPagerduty);
    return {
      sink: sinkTo(`${stub.url}/v2/s3cret-path`),
      received: async () => events(stub).map(({ payload }) => String(payload.custom_details.update)),
      goAway: stub.goAway,
      comeBack: async () => {
        stub.answer = asPagerduty;
        await stub.comeBack();
      },
      refuse: async () => {
        stub.answer = { status: 400, body: pagerdutyRefusal };
      },
      hang: async () => {
        stub.answer = undefined;
      },
      secrets: [pagerdutyKey, 's3cret-path'],
      close: stub.goAway,
    };
  });

  const { signal } = new AbortController();
  let stub: StubReceiver;
  beforeEach(async () => {
    stub = await startStubReceiver(asPagerduty);
  });
  afterEach(() => stub.goAway());

  it('is made as configured, and has one alert for an incident from opening to closing', async () => {
    const url = `${stub.url}/v2/enqueue`;
    const { sinks } = configSchema.parse({ sinks: { pager: { type: 'pagerduty', url, routingKeyFile } } });
    const sink = sinks.pager && createSink('pager', sinks.pager, { clock: Date.now, version: '1' });
    for (const change of ['opened', 'acknowledged', 'closed'] as const)
      expect(await sink?.send(update(1, {}, change), signal)).toEqual({ kind: 'delivered' });
    expect(events(stub)).toMatchObject([
      { routing_key: pagerdutyKey, dedup_key: 'incident-1', event_action: 'trigger' },
      { routing_key: pagerdutyKey, dedup_key: 'incident-1', event_action: 'acknowledge' },
      { routing_key: pagerdutyKey, dedup_key: 'incident-1', event_action: 'resolve' },
    ]);
    expect(stub.requests[0]).toMatchObject({
      path: '/v2/enqueue',
      headers: { 'content-type': 'application/json' },
    });
    await sink?.close?.();
  });

  it('has another alert once an incident is opened again, so that somebody is called, and ends the former one', async () => {
    const sink = sinkTo(stub.url);
    const told = [
      update(1),
      update(1, { status: 'acknowledged' }, 'acknowledged'),
      update(1, { reopened: 1 }, 'reopened'),
      update(1, { reopened: 1 }, 'grown'),
      update(1, { reopened: 2 }, 'reopened'),
      update(1, { reopened: 2, status: 'closed' }, 'closed'),
    ];
    for (const one of told) expect(await sink.send(one, signal)).toEqual({ kind: 'delivered' });
    expect(events(stub).map((event) => [event.event_action, event.dedup_key])).toEqual([
      ['trigger', 'incident-1'],
      ['acknowledge', 'incident-1'],
      ['trigger', 'incident-1/1'],
      ['resolve', 'incident-1'],
      ['trigger', 'incident-1/1'],
      ['trigger', 'incident-1/2'],
      ['resolve', 'incident-1/1'],
      ['resolve', 'incident-1/2'],
    ]);
    await sink.close?.();
  });

  it('sends both again when the second is not taken', async () => {
    const sink = sinkTo(stub.url);
    const reopened = update(1, { reopened: 1 }, 'reopened');
    stub.answer = (request) =>
      pagerdutyEventIn(request.body).event_action === 'resolve' ? { status: 500 } : { status: 202 };
    expect(await sink.send(reopened, signal)).toMatchObject({ kind: 'retry' });
    stub.answer = asPagerduty;
    expect(await sink.send(reopened, signal)).toEqual({ kind: 'delivered' });
    expect(events(stub).map(({ dedup_key: key }) => key)).toEqual(
      Array.from(['/1', '', '/1', ''], (n) => `incident-1${n}`),
    );
    await sink.close?.();
  });

  it.each([
    [202, '', 'delivered', ''],
    [200, '<html>', 'retry', 'check url'],
    [400, pagerdutyRefusal, 'refused', '400'],
    [400, '{"errors":["\'routing_key\' is the wrong length (should be 32 characters)"]}', 'retry', 'routingKeyFile'],
    [403, '', 'retry', 'routingKeyFile'],
    [404, '', 'retry', 'check url'],
    [413, '', 'refused', '413'],
    [429, '', 'retry', '429'],
    [500, '', 'retry', '500'],
    [503, '', 'retry', '503'],
  ])('judges %i %s as %s', async (status, body, kind, told) => {
    stub.answer = { status, body };
    const sink = sinkTo(stub.url);
    const delivery = await sink.send(update(1), signal);
    expect(delivery.kind).toBe(kind);
    expect(delivery.kind === 'delivered' ? '' : delivery.reason).toContain(told);
    await sink.close?.();
  });

  it('waits as long as PagerDuty asks', async () => {
    stub.answer = { status: 429, headers: { 'retry-after': '30' } };
    const sink = sinkTo(stub.url);
    expect(await sink.send(update(1), signal)).toMatchObject({ kind: 'retry', afterMs: 30_000 });
    await sink.close?.();
  });

  it('says of a key that is none where it is, not what it is', () => {
    const path = join(directory, 'bad');
    writeFileSync(path, 's3cret\n');
    const make = () => sinkTo(stub.url, { routingKeyFile: path });
    expect(make).toThrow(`${path}: not an integration key`);
    expect(make).not.toThrow('s3cret');
  });
});
