import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSink } from '../../alerting/sinks/index.ts';
import type { Delivery, Sink } from '../../alerting/sinks/sink.ts';
import { configSchema } from '../../shared/config/schema.ts';
import { yamlSource } from '../../shared/config/yaml-source.ts';
import type { IncidentUpdate } from '../../shared/incident.ts';
import { strictEcsMapping } from '../support/ecs.ts';
import { eventually } from '../support/eventually.ts';
import { type OpenSearchNode, startOpenSearch } from '../support/opensearch/node.ts';
import { hostileUpdate } from '../unit/alerting/formats/hostile.ts';
import { update } from '../unit/alerting/updates.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/siem/elasticsearch.md'), 'utf8');
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(page)?.[1] ?? '';
const ours = 'logs-moorwatch.incidents-default';
const delivered: Delivery = { kind: 'delivered' };
const { signal } = new AbortController();

let node: OpenSearchNode;
let sinks: Sink[] = [];

/** A sink as the page configures it, to this node, which has neither TLS nor users. */
function sinkTo(dataStream?: string): Sink {
  const { values } = yamlSource(block('yaml'), 'elasticsearch.md');
  const { elastic } = (values as { sinks: Record<string, object> }).sinks;
  const { apiKeyFile: _, ca: __, ...rest } = elastic as Record<string, unknown>;
  const here = { ...rest, url: node.url, ...(dataStream !== undefined && { dataStream }) };
  const config = configSchema.parse({ sinks: { elastic: here } }).sinks.elastic;
  if (config === undefined) throw new Error('the page has no sink');
  const sink = createSink('elastic', config, { clock: Date.now, version: '1.2.3' });
  sinks.push(sink);
  return sink;
}
async function sendAll(sink: Sink, updates: readonly IncidentUpdate[]): Promise<Delivery | undefined> {
  for (const one of updates) {
    const sent = await sink.send(one, signal);
    if (sent.kind !== 'delivered') return sent;
  }
  return sink.flush?.(signal);
}
const some = (name: string, count: number): IncidentUpdate[] =>
  Array.from({ length: count }, (_, n) => ({ ...update(n), id: `${name}-${n}` }));

beforeAll(async () => {
  node = await startOpenSearch();
  const command = block('sh').replaceAll('https://elastic.example:9200', node.url);
  await promisify(execFile)('bash', ['-ec', command], { cwd: root });
  const settings = { 'index.mapping.total_fields.limit': 8_000 };
  await node.ask('PUT', '_index_template/strict-ecs', {
    index_patterns: ['logs-strict-*'],
    data_stream: {},
    priority: 900,
    template: { settings, mappings: strictEcsMapping() },
  });
});
afterEach(async () => {
  for (const sink of sinks) await sink.close?.();
  sinks = [];
});
afterAll(() => node.stop());

test('with what the page says, every update is a document under its id, once however often it is sent', async () => {
  const all = some('page', 60);
  expect(await sendAll(sinkTo(), all)).toEqual(delivered);
  expect(await sendAll(sinkTo(), all)).toEqual(delivered);
  const documents = await node.documents(ours);
  expect([...documents.keys()].filter((id) => id.startsWith('page-'))).toHaveLength(60);
  expect(documents.get('page-7')).toMatchObject({ event: { kind: 'alert', severity: 73 }, container: { name: 'c7' } });
  const found = await node.ask('POST', `${ours}/_search`, {
    query: { bool: { filter: [{ term: { 'container.name': 'c7' } }, { range: { 'event.severity': { gte: 70 } } }] } },
  });
  expect(found).toMatchObject({ hits: { total: { value: 1 } } });
  const { data_streams } = await node.ask('GET', `_data_stream/${ours}`);
  expect(data_streams).toMatchObject([{ name: ours, template: 'moorwatch' }]);
});

test.each([ours, 'logs-strict-default'])('whatever an attacker calls things, %s takes it', async (dataStream) => {
  const hostile = fc.sample(hostileUpdate, { seed: 20_261_130, numRuns: 300 });
  const named = hostile.map((one, n) => ({ ...one, id: `hostile-${n}` }));
  expect(await sendAll(sinkTo(dataStream), named)).toEqual(delivered);
  const documents = await node.documents(dataStream);
  expect([...documents.keys()].filter((id) => id.startsWith('hostile-'))).toHaveLength(300);
});

test('the strict mapping is a judge: it refuses a field that ECS does not have, and a text for a number', async () => {
  const wrong = async (document: object) =>
    node.ask('POST', 'logs-strict-default/_create/wrong', { '@timestamp': '2026-01-01T00:00:00Z', ...document });
  await expect(wrong({ event: { colour: 'red' } })).rejects.toThrow('strict_dynamic_mapping_exception');
  await expect(wrong({ event: { severity: 'high' } })).rejects.toThrow('mapper_parsing_exception');
});

describe('what OpenSearch says no to', () => {
  test('a document that does not fit is refused with the reason; the others of its request are taken', async () => {
    await node.ask('PUT', 'narrow', {
      mappings: { properties: { container: { properties: { name: { type: 'long' } } } } },
    });
    const [first, bad, third] = some('narrow', 3);
    if (first === undefined || bad === undefined || third === undefined) throw new Error('three were made');
    delete first.incident.container;
    delete third.incident.container;
    const sink = sinkTo('narrow');
    const reason = expect.stringMatching(
      /answered 400 for the document \(mapper_parsing_exception: .*container\.name/,
    ) as string;
    expect(await sendAll(sink, [first, bad, third])).toEqual({ kind: 'refused', reason });
    expect([...(await node.documents('narrow')).keys()].sort()).toEqual(['narrow-0', 'narrow-2']);
    expect(await sink.send(first, signal)).toEqual(delivered);
    expect(await sink.send(bad, signal)).toEqual({ kind: 'refused', reason });
  });

  test('an id that it will not have is refused alone, though it answers 400 for the whole request', async () => {
    const [first, second, third] = some('ids', 3);
    if (first === undefined || second === undefined || third === undefined) throw new Error('three were made');
    const refused = { kind: 'refused', reason: expect.stringContaining('Validation Failed: 1: id') as string };
    expect(await sendAll(sinkTo(), [first, { ...second, id: 'x'.repeat(600) }, third])).toEqual(refused);
    const documents = await node.documents(ours);
    expect([documents.has('ids-0'), documents.has('ids-2')]).toEqual([true, true]);
  });

  test('an index that is not there, and may not be made, is waited for', async () => {
    await node.ask('PUT', '_cluster/settings', { transient: { 'action.auto_create_index': '-absent*,*' } });
    const sink = sinkTo('absent');
    const reason = expect.stringContaining('check dataStream') as string;
    expect(await sendAll(sink, some('absent', 2))).toEqual({ kind: 'retry', reason });
    await node.ask('PUT', 'absent', {});
    expect(await sendAll(sink, some('absent', 2))).toEqual(delivered);
    expect((await node.documents('absent')).size).toBe(2);
  });

  test('an index that a full disk has made read-only is waited for', async () => {
    await node.ask('PUT', 'full', { settings: { 'index.blocks.read_only_allow_delete': true } });
    const sink = sinkTo('full');
    expect(await sendAll(sink, some('full', 2))).toMatchObject({ kind: 'retry' });
    await node.ask('PUT', 'full/_settings', { 'index.blocks.read_only_allow_delete': null });
    expect(await sendAll(sink, some('full', 2))).toEqual(delivered);
  });
});

test('nothing is lost and nothing is there twice when the node is killed in the middle of a request', async () => {
  const all = some('crash', 100);
  const sink = sinkTo();
  for (let n = 0; n < all.length; n += 20) {
    const batch = all.slice(n, n + 20);
    if (n === 40) {
      const sending = sendAll(sink, batch);
      await node.kill();
      expect((await sending)?.kind).not.toBe('refused');
      await node.start();
    }
    await eventually(async () => (await sendAll(sink, batch))?.kind === 'delivered' || undefined);
  }
  const ids = [...(await node.documents(ours)).keys()].filter((id) => id.startsWith('crash-'));
  expect(ids.sort()).toEqual(all.map(({ id }) => id).sort());
});
