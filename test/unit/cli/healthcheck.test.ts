import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runCli } from '../../../cli/run.ts';
import { openSqliteBus } from '../../../shared/bus/sqlite/bus.ts';
import { topic, topicSpecs } from '../../../shared/bus/topics.ts';
import { readEnvironment } from '../../../shared/config/environment.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-health-'));
  writeFileSync(join(directory, 'moorwatch.yml'), `stateDir: ${directory}\n`);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function healthcheck(args: readonly string[], variables: Record<string, string> = {}) {
  const err: string[] = [];
  const stream = (into: string[]) => ({ write: (text: string) => into.push(text) > 0, on: () => undefined });
  const code = await runCli({
    argv: ['node', 'moorwatch', '--config', join(directory, 'moorwatch.yml'), 'healthcheck', ...args],
    stdout: stream([]),
    stderr: stream(err),
    environment: readEnvironment(variables),
    root: false,
    version: '1.2.3',
    onClosed: () => undefined,
  });
  return { code, err: err.join('') };
}

test.each([
  [200, 0],
  [500, 1],
])(
  'a feed that answers %i gives exit code %i, asked without a token though it listens on all addresses',
  async (status, expected) => {
    const asked: unknown[] = [];
    const server = createServer((request, response) => {
      asked.push([request.url, request.headers.authorization]);
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const { code } = await healthcheck(['--port', String(port)], { MOORWATCH_FEED_HOST: '0.0.0.0' });
    await new Promise((resolve) => server.close(resolve));
    expect(code).toBe(expected);
    expect(asked).toEqual([['/healthz', undefined]]);
  },
);

test('a feed that does not answer is told with its address', async () => {
  const { code, err } = await healthcheck(['--port', '1']);
  expect(code).toBe(1);
  expect(err).toContain('http://127.0.0.1:1');
});

async function wrote(key: string, at: number): Promise<void> {
  const topics = topicSpecs({ partitions: 4, retention: { ms: 3_600_000, bytes: 2 ** 20 } });
  const bus = await openSqliteBus({ path: join(directory, 'moorwatch.db'), topics, synchronous: 'normal' });
  await bus.append(topic.status, [{ key, value: JSON.stringify({ at }), at }]);
  await bus.close();
}

test('the collector is healthy by its newest status, younger than 30 s', async () => {
  expect((await healthcheck(['collector'])).err).toContain('there is no log');
  await wrote('analyzer/x', Date.now());
  expect((await healthcheck(['collector'])).err).toContain('has not written any status');
  await wrote('collector/unknown', Date.now() - 60_000);
  expect(await healthcheck(['collector'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('60 s old') as unknown,
  });
  await wrote('collector/host', Date.now());
  expect(await healthcheck(['collector'])).toEqual({ code: 0, err: '' });
});

test('on Kafka the collector cannot be told from those of other hosts, and another part is wrong usage', async () => {
  expect(await healthcheck(['collector'], { MOORWATCH_BUS: 'kafka' })).toMatchObject({ code: 2 });
  expect((await healthcheck(['nonsense'])).code).toBe(2);
});
