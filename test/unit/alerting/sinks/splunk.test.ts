import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import { createSplunkSink, type SplunkSinkOptions } from '../../../../alerting/sinks/splunk.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { collectorToken, type SplunkCollector, said, startSplunkCollector } from '../../../support/splunk-collector.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const directory = temporaryDirectory('splunk');
const tokenFile = join(directory, 'token');
writeFileSync(tokenFile, `${collectorToken}\n`);

const sinkTo = (collector: SplunkCollector, more: Partial<SplunkSinkOptions> = {}): Sink =>
  createSplunkSink({
    name: 'splunk',
    url: collector.stub.url,
    tokenFile,
    timeoutMs: 5_000,
    source: 'moorwatch',
    sourcetype: 'moorwatch:incident',
    acknowledge: true,
    acknowledgeTimeoutMs: 300,
    firstAskMs: 1,
    host: 'web-1',
    clock: Date.now,
    ...more,
  });
const { signal } = new AbortController();
const delivered: Delivery = { kind: 'delivered' };
async function sendAll(sink: Sink, ...updates: readonly IncidentUpdate[]): Promise<Delivery | undefined> {
  for (const one of updates) {
    const sent = await sink.send(one, signal);
    if (sent.kind !== 'delivered') return sent;
  }
  return sink.flush?.(signal);
}
const idsIn = ({ events }: SplunkCollector) => events.map(({ event }) => (event as { id: string }).id);
const asked = ({ stub }: SplunkCollector, what: string) => stub.requests.filter(({ path }) => path.endsWith(what));

describe('the Splunk sink', () => {
  describeSinkCompliance(async () => {
    const collector = await startSplunkCollector();
    return {
      sink: sinkTo(collector),
      received: async () => idsIn(collector),
      goAway: collector.stub.goAway,
      comeBack: async () => {
        collector.stub.answer = collector.answer;
        await collector.stub.comeBack();
      },
      refuse: async () => {
        collector.stub.answer = (request) =>
          request.path.endsWith('/event') ? said(400, 6, 'Invalid data format') : collector.answer(request);
      },
      hang: async () => {
        collector.stub.answer = undefined;
      },
      secrets: [collectorToken],
      close: collector.stub.goAway,
    };
  });

  let collector: SplunkCollector;
  let sink: Sink;
  beforeEach(async () => {
    collector = await startSplunkCollector();
    sink = sinkTo(collector);
  });
  afterEach(async () => {
    await sink.close?.();
    await collector.stub.goAway();
  });

  it('is made as the page says', async () => {
    const page = readFileSync('docs/siem/splunk.md', 'utf8');
    const block = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
    const { splunk } = (yamlSource(block, 'splunk.md').values as { sinks: Record<string, Record<string, unknown>> })
      .sinks;
    const { ca: _, ...rest } = splunk ?? {};
    const here = { ...rest, url: collector.stub.url, tokenFile };
    const config = configSchema.parse({ sinks: { splunk: here } }).sinks.splunk;
    const made = config && createSink('splunk', config, { clock: Date.now, version: '1' });
    if (made === undefined) throw new Error('the page has no sink');
    expect(await sendAll(made, update(1), update(2))).toEqual(delivered);
    expect(collector.events).toMatchObject([1, 2].map((n) => ({ index: 'security', event: { id: update(n).id } })));
    await made.close?.();
  });

  it('sends several events a request, with the token and a channel that stays the same', async () => {
    expect(await sendAll(sink, update(1), update(2), update(3))).toEqual(delivered);
    expect(await sendAll(sinkTo(collector), update(4))).toEqual(delivered);
    const requests = asked(collector, '/event');
    expect(requests).toHaveLength(2);
    expect(requests[0]?.headers).toMatchObject({
      authorization: `Splunk ${collectorToken}`,
      'x-splunk-request-channel': expect.stringMatching(
        /^[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}$/,
      ) as string,
    });
    const channels = collector.stub.requests.map(({ headers }) => headers['x-splunk-request-channel']);
    expect(new Set(channels).size).toBe(1);
    await sendAll(sinkTo(collector, { host: 'web-2' }), update(5));
    await sendAll(sinkTo(collector, { name: 'other' }), update(6));
    expect(new Set(collector.stub.requests.map(({ headers }) => headers['x-splunk-request-channel'])).size).toBe(3);
  });

  it('is not done until the indexer has the events', async () => {
    collector.isIndexing = false;
    let isDone = false;
    const sending = sendAll(sinkTo(collector, { acknowledgeTimeoutMs: 20_000 }), update(1)).then((delivery) => {
      isDone = true;
      return delivery;
    });
    // One question comes before anything is sent.
    await expect.poll(() => asked(collector, '/ack').length).toBeGreaterThan(4);
    expect(isDone).toBe(false);
    collector.index();
    expect(await sending).toEqual(delivered);
  });

  it('sends again what a collector lost before it was indexed, under the same id', async () => {
    collector.isIndexing = false;
    expect(await sendAll(sink, update(1))).toEqual({
      kind: 'retry',
      reason: 'Splunk acknowledged nothing within 300 ms',
    });
    collector.forget();
    collector.isIndexing = true;
    expect(await sendAll(sink, update(1))).toEqual(delivered);
    expect(idsIn(collector)).toEqual([update(1).id, update(1).id]);
  });

  it('asks on when the collector is busy with other things for a while', async () => {
    let busy = 3;
    collector.stub.answer = (request) =>
      request.path.endsWith('/ack') && collector.events.length > 0 && busy-- > 0
        ? said(503, 9, 'Server is busy')
        : collector.answer(request);
    expect(await sendAll(sink, update(1))).toEqual(delivered);
    expect(busy).toBe(-1);
  });

  it('sends nothing where the token gives no acknowledgements, unless it is told to', async () => {
    collector.hasAcknowledgements = false;
    const reason = expect.stringContaining('acknowledge: false') as string;
    expect(await sendAll(sink, update(1))).toEqual({ kind: 'retry', reason });
    expect(collector.events).toEqual([]);
    expect(await sendAll(sinkTo(collector, { acknowledge: false }), update(1))).toEqual(delivered);
    expect(idsIn(collector)).toEqual([update(1).id]);
  });

  it.each([
    [400, 1, 'retry', 'disabled'],
    [401, 2, 'retry', 'tokenFile'],
    [401, 3, 'retry', 'tokenFile'],
    [403, 4, 'retry', 'tokenFile'],
    [400, 5, 'refused', 'code 5'],
    [400, 6, 'refused', 'code 6'],
    [400, 7, 'retry', 'check index'],
    [500, 8, 'retry', 'code 8'],
    [503, 9, 'retry', 'code 9'],
    [400, 10, 'retry', 'X-Splunk-Request-Channel'],
    [400, 11, 'retry', 'X-Splunk-Request-Channel'],
    [400, 12, 'refused', 'code 12'],
    [400, 13, 'refused', 'code 13'],
    [400, 15, 'refused', 'code 15'],
    [429, 26, 'retry', 'code 26'],
    [404, 404, 'retry', 'check url'],
    [400, 99, 'retry', 'check url'],
    [413, 0, 'refused', '413'],
    [200, 99, 'retry', 'check url'],
  ])('judges %i with code %i as %s', async (status, code, kind, told) => {
    collector.stub.answer = (request) =>
      request.path.endsWith('/event') ? said(status, code, 'what it says\u001b[2J') : collector.answer(request);
    const delivery = await sendAll(sink, update(1));
    expect(delivery?.kind).toBe(kind);
    const reason = delivery?.kind === 'delivered' ? '' : (delivery?.reason ?? '');
    expect(reason).toContain(told);
    expect(reason).not.toContain('\u001b');
  });

  it.each([
    [301, ''],
    [200, '<html>'],
    [405, 'Method not allowed'],
  ])('takes %i %s for a wrong address, not for the fault of the events', async (status, body) => {
    collector.stub.answer = { status, body };
    const reason = expect.stringContaining('check url') as string;
    expect(await sendAll(sink, update(1))).toEqual({ kind: 'retry', reason });
  });

  it('waits as long as it is asked', async () => {
    collector.stub.answer = { ...said(503, 9, 'Server is busy'), headers: { 'retry-after': '7' } };
    expect(await sendAll(sink, update(1))).toMatchObject({ kind: 'retry', afterMs: 7_000 });
  });

  it('finds the event that is refused among others, which are taken', async () => {
    collector.stub.answer = (request) =>
      request.path.endsWith('/event') && request.body.includes(update(2).id)
        ? said(400, 6, 'Invalid data format', { 'invalid-event-number': 1 })
        : collector.answer(request);
    expect((await sendAll(sink, update(1), update(2), update(3)))?.kind).toBe('refused');
    expect(idsIn(collector)).toEqual([update(1).id, update(3).id]);
    expect(await sink.send(update(1), signal)).toEqual(delivered);
    expect((await sink.send(update(2), signal)).kind).toBe('refused');
  });

  it('says where a token is none, not what it is', () => {
    const path = join(directory, 'bad');
    writeFileSync(path, 's3cret s3cret\n');
    const make = () => sinkTo(collector, { tokenFile: path });
    expect(make).toThrow(`${path}: not a token`);
    expect(make).not.toThrow('s3cret');
  });
});
