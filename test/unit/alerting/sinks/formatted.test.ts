import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { ocsfProblems } from '../../../support/ocsf/judge.ts';
import { update } from '../updates.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-formatted-'));
afterAll(() => rmSync(directory, { recursive: true }));

const { signal } = new AbortController();
const opened = { ...update(1), finding: 'finding-1' };
const closed = update(2, {}, 'closed');
const sinkOf = (config: Record<string, unknown>) => {
  const { sinks } = configSchema.parse({ sinks: { one: config } });
  if (sinks.one === undefined) throw new Error('there is a sink');
  return createSink('one', sinks.one, { clock: Date.now, version: '1.2.3' });
};
const classOf = (event: unknown): unknown => (event as { class_uid?: unknown }).class_uid;

test('a file of OCSF events, each on a line', async () => {
  const path = join(directory, 'events.ndjson');
  const sink = sinkOf({ type: 'file', path, format: 'ocsf' });
  for (const one of [opened, closed]) expect(await sink.send(one, signal)).toEqual({ kind: 'delivered' });
  expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
  await sink.close?.();
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.pop()).toBe('');
  const events = lines.map((line) => JSON.parse(line) as unknown);
  expect(events.flatMap(ocsfProblems)).toEqual([]);
  expect(events.map(classOf)).toEqual([2004, 2005, 2005]);
  expect(events[0]).toMatchObject({ metadata: { product: { version: '1.2.3' } } });
});

test('a file that has nothing to tell of an update is not made for it', async () => {
  const path = join(directory, 'detections.ndjson');
  const sink = sinkOf({ type: 'file', path, format: 'ocsf', ocsfClass: 'detection' });
  expect(await sink.send(closed, signal)).toEqual({ kind: 'delivered' });
  expect(await sink.flush?.(signal)).toEqual({ kind: 'delivered' });
  expect(() => readFileSync(path)).toThrow('ENOENT');
  await sink.close?.();
});

test('a webhook posts an array of events, or nothing', async () => {
  const bodies: unknown[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const type = request.headers['content-type'];
      bodies.push({
        type,
        key: request.headers['idempotency-key'],
        body: JSON.parse(Buffer.concat(chunks).toString()) as unknown,
      });
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const both = sinkOf({ type: 'webhook', url, format: 'ocsf' });
  expect(await both.send(opened, signal)).toEqual({ kind: 'delivered' });
  const detections = sinkOf({ type: 'webhook', url, format: 'ocsf', ocsfClass: 'detection' });
  expect(await detections.send(closed, signal)).toEqual({ kind: 'delivered' });
  expect(bodies).toEqual([
    {
      type: 'application/json',
      key: opened.id,
      body: [
        expect.objectContaining({ class_uid: 2004 }) as unknown,
        expect.objectContaining({ class_uid: 2005 }) as unknown,
      ],
    },
  ]);
  await both.close?.();
  await detections.close?.();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test('a format that is not known is no configuration', () => {
  expect(() => sinkOf({ type: 'file', path: 'x', format: 'leef' })).toThrow();
});
