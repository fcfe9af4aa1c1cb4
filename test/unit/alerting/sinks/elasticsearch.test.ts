import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createElasticsearchSink, type ElasticsearchSinkOptions } from '../../../../alerting/sinks/elasticsearch.ts';
import { createSink } from '../../../../alerting/sinks/index.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { yamlSource } from '../../../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { type BulkReceiver, startBulkReceiver } from '../../../support/bulk-receiver.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const directory = temporaryDirectory('elasticsearch');
const fileWith = (name: string, text: string): string => {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
};
const apiKeyFile = fileWith('key', 'VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw==\n');
const passwordFile = fileWith('password', 's3cret pässword\n');

const sinkTo = (receiver: BulkReceiver, more: Partial<ElasticsearchSinkOptions> = {}): Sink =>
  createElasticsearchSink({
    name: 'elastic',
    url: receiver.stub.url,
    dataStream: 'logs-moorwatch.incidents-default',
    apiKeyFile,
    timeoutMs: 5_000,
    version: '1.2.3',
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
const mapping = { status: 400, type: 'document_parsing_exception', reason: 'failed to parse field [x]' };

describe('the Elasticsearch sink', () => {
  describeSinkCompliance(async () => {
    const receiver = await startBulkReceiver();
    return {
      sink: sinkTo(receiver),
      received: async () => receiver.ids,
      goAway: receiver.stub.goAway,
      comeBack: async () => {
        receiver.fault = undefined;
        await receiver.stub.comeBack();
      },
      refuse: async () => {
        receiver.fault = () => mapping;
      },
      hang: async () => {
        receiver.stub.answer = undefined;
      },
      secrets: ['VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWkybHAyYXhUTm1zeWFrdzl0dk5udw'],
      close: receiver.stub.goAway,
    };
  });

  let receiver: BulkReceiver;
  let sink: Sink;
  beforeEach(async () => {
    receiver = await startBulkReceiver();
    sink = sinkTo(receiver);
  });
  afterEach(async () => {
    await sink.close?.();
    await receiver.stub.goAway();
  });
  const request = () => receiver.stub.requests[0];

  it('is made as the page says', async () => {
    const page = readFileSync('docs/siem/elasticsearch.md', 'utf8');
    const block = /^```yaml\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
    const { elastic } = (yamlSource(block, 'page').values as { sinks: Record<string, Record<string, unknown>> }).sinks;
    const { ca: _, ...rest } = elastic ?? {};
    const config = configSchema.parse({ sinks: { elastic: { ...rest, url: receiver.stub.url, apiKeyFile } } });
    const made = config.sinks.elastic && createSink('elastic', config.sinks.elastic, { clock: Date.now, version: '1' });
    if (made === undefined) throw new Error('the page has no sink');
    expect(await sendAll(made, update(1), update(2))).toEqual(delivered);
    expect(request()?.headers.authorization).toBe(`ApiKey ${readFileSync(apiKeyFile, 'utf8').trim()}`);
    await made.close?.();
  });

  it('creates documents under the ids of the updates, in one request; one that is there is delivered', async () => {
    expect(await sendAll(sink, update(1), update(2))).toEqual(delivered);
    expect(await sendAll(sink, update(2), update(3))).toEqual(delivered);
    expect(receiver.ids).toEqual([1, 2, 3].map((n) => update(n).id));
    expect(receiver.stub.requests).toHaveLength(2);
    expect(request()?.path).toMatch(/^\/logs-moorwatch\.incidents-default\/_bulk\?filter_path=/);
    const [action, document] = request()?.body.split('\n') ?? [];
    expect(JSON.parse(action ?? '')).toEqual({ create: { _id: update(1).id } });
    expect(JSON.parse(document ?? '')).toMatchObject({ event: { id: update(1).id }, observer: { version: '1.2.3' } });
  });

  it('logs in with a password, and keeps path and query of the address', async () => {
    const url = `${receiver.stub.url}/?pipeline=ours`;
    const other = sinkTo(receiver, { url, user: 'moorwatch', passwordFile, apiKeyFile: undefined });
    expect(await sendAll(other, update(1))).toEqual(delivered);
    const login = Buffer.from('moorwatch:s3cret pässword').toString('base64');
    expect(request()?.headers.authorization).toBe(`Basic ${login}`);
    expect(request()?.path).toMatch(/_bulk\?pipeline=ours&filter_path=/);
    await other.close?.();
  });

  it('begins another request before one is larger than a mebibyte', async () => {
    const title = '🐳'.repeat(3_000);
    const { container } = update(1).incident;
    const big = Array.from({ length: 200 }, (_, n) =>
      update(n, { title, container: container && { ...container, name: title } }),
    );
    expect(await sendAll(sink, ...big)).toEqual(delivered);
    expect(receiver.ids).toEqual(big.map(({ id }) => id));
    const sizes = receiver.stub.requests.map(({ body }) => Buffer.byteLength(body));
    expect(sizes.length).toBeGreaterThan(1);
    for (const size of sizes) expect(size).toBeLessThanOrEqual(1_048_576);
  });

  it.each([
    [400, 'refused', 'document_parsing_exception: why'],
    [413, 'refused', '413'],
    [401, 'retry', 'check the credentials in apiKeyFile'],
    [403, 'retry', 'whether the disk is full'],
    [404, 'retry', 'check dataStream'],
    [409, 'delivered', ''],
    [429, 'retry', '429'],
    [500, 'retry', '500'],
    [503, 'retry', '503'],
  ])('judges %i for a document as %s, whatever becomes of the others', async (status, kind, told) => {
    receiver.fault = (id) =>
      id === update(2).id ? { status, type: 'document_parsing_exception', reason: 'why\u001b[2J' } : undefined;
    const delivery = await sendAll(sink, update(1), update(2), update(3));
    expect(delivery?.kind).toBe(kind);
    const reason = delivery?.kind === 'delivered' ? '' : (delivery?.reason ?? '');
    expect(reason).toContain(told);
    expect(reason).not.toContain('\u001b');
    expect(receiver.ids).toEqual([update(1).id, update(3).id]);
  });

  it.each([
    [401, 'retry', 'check the credentials in apiKeyFile', ''],
    [403, 'retry', 'check the credentials in apiKeyFile', ''],
    [404, 'retry', 'check url', ''],
    [429, 'retry', '429', ''],
    [503, 'retry', '503', ''],
    [413, 'refused', '413', ''],
    [400, 'refused', 'x_exception: bad', '{"error":{"type":"x_exception","reason":"bad"}}'],
    [
      400,
      'refused',
      '400 (x_exception: ',
      `{"error":{"type":"x_exception","reason":"${'\\u001b bad'.repeat(20_000)}"}}`,
    ],
    [400, 'refused', '400 (a fault: xxx', `${'x'.repeat(70_000)}`],
    [503, 'retry', '503 (x_exception: bad', `{"error":{"type":"x_exception","reason":"${'bad'.repeat(30_000)}"}}`],
    [301, 'retry', 'check url', 'x'.repeat(70_000)],
    [400, 'retry', 'check url', 'Bad Request'],
    [405, 'retry', 'check url', '{"error":"Incorrect HTTP method","status":405}'],
    [301, 'retry', 'check url', ''],
    [200, 'retry', 'check url', '<html>'],
    [200, 'retry', 'check url', '{"errors":false,"items":[]}'],
  ])('judges %i for a whole request as %s: %s', async (status, kind, told, body) => {
    receiver.stub.answer = { status, body };
    const delivery = await sendAll(sink, update(1));
    expect(delivery?.kind).toBe(kind);
    const reason = delivery?.kind === 'delivered' ? '' : delivery?.reason;
    expect(reason).toContain(told);
    expect(reason?.length).toBeLessThan(500);
  });

  it('finds the one document for which a whole request is refused at more length than is read', async () => {
    const all = [1, 2, 3, 4].map((n) => update(n));
    const body = JSON.stringify({ error: { type: 'x_exception', reason: 'bad'.repeat(50_000) } });
    receiver.stub.answer = (request) =>
      request.body.includes(`"_id":"${update(3).id}"`) ? { status: 400, body } : receiver.answer(request);
    expect(await sendAll(sink, ...all)).toMatchObject({ kind: 'refused' });
    const again = await Promise.all(all.map((one) => sink.send(one, signal)));
    expect(again.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'refused', 'delivered']);
    expect(receiver.ids).toEqual([1, 2, 4].map((n) => update(n).id));
  });

  it('comes to an end with faults that are told at more length than is read', async () => {
    const all = [1, 2, 3, 4].map((n) => update(n));
    const value = 'x'.repeat(70_000);
    receiver.fault = (id) =>
      id === update(3).id ? { ...mapping, reason: `Preview of field's value: '${value}'` } : undefined;
    expect(await sendAll(sink, ...all)).toMatchObject({ kind: 'refused' });
    // As the batch comes again: what became of each is told.
    const again = await Promise.all(all.map((one) => sink.send(one, signal)));
    expect(again.map(({ kind }) => kind)).toEqual(['delivered', 'delivered', 'refused', 'delivered']);
    expect(receiver.ids).toEqual([1, 2, 4].map((n) => update(n).id));
    expect(receiver.stub.requests).toHaveLength(5);
  });

  it('repeats no secret that a receiver says back', async () => {
    const key = readFileSync(apiKeyFile, 'utf8').trim();
    receiver.stub.answer = { status: 400, body: JSON.stringify({ error: { type: 'x', reason: `ApiKey ${key}` } }) };
    expect(JSON.stringify(await sendAll(sink, update(1)))).not.toContain(key);
  });

  it('waits as long as it is asked', async () => {
    receiver.stub.answer = { status: 429, headers: { 'retry-after': '9' } };
    expect(await sendAll(sink, update(1))).toMatchObject({ kind: 'retry', afterMs: 9_000 });
  });

  it('says where a key is none, not what it is', () => {
    const path = fileWith('bad', 's3cret key\n');
    const make = () => sinkTo(receiver, { apiKeyFile: path });
    expect(make).toThrow(`${path}: not an API key`);
    expect(make).not.toThrow('s3cret');
  });
});

describe('its configuration', () => {
  const parse = (more: object) =>
    configSchema.safeParse({ sinks: { elastic: { type: 'elasticsearch', url: 'https://elastic.example', ...more } } });

  it.each(['logs-x-y', 'moorwatch', 'a.b', 'ä', 'x'.repeat(255)])('takes the name %s', (dataStream) => {
    expect(parse({ dataStream }).success).toBe(true);
  });
  it.each([
    '',
    'Logs',
    '-x',
    '_x',
    '+x',
    '.x',
    'a b',
    'a/b',
    'a\\b',
    'a*',
    'a?',
    '<a>',
    'a|b',
    'a,b',
    'a#b',
    'a:b',
    'a"',
    'a\n',
    'x'.repeat(256),
  ])('does not take %j', (dataStream) => {
    expect(parse({ dataStream }).success).toBe(false);
  });
  it.each([
    [{ user: 'x' }, false],
    [{ passwordFile: '/x' }, false],
    [{ user: 'x', passwordFile: '/x' }, true],
    [{ user: 'x', passwordFile: '/x', apiKeyFile: '/y' }, false],
  ])('credentials %j', (more, success) => {
    expect(parse(more).success).toBe(success);
  });
});
