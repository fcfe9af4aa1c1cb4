import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { healthFileOf, writeHealth } from '../../../cli/processes/health-file.ts';
import { identityOf } from '../../../cli/processes/identity.ts';
import { runCli } from '../../../cli/run.ts';
import { readEnvironment } from '../../../shared/config/environment.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-health-'));
  writeFileSync(join(directory, 'moorwatch.yml'), `stateDir: ${directory}\n`);
});
afterEach(() => rmSync(directory, { recursive: true }));

async function healthcheck(args: readonly string[], variables: Record<string, string> = {}) {
  const err: string[] = [];
  const out: string[] = [];
  const stream = (into: string[]) => ({ write: (text: string) => into.push(text) > 0, on: () => undefined });
  const code = await runCli({
    argv: ['node', 'moorwatch', '--config', join(directory, 'moorwatch.yml'), 'healthcheck', ...args],
    stdout: stream(out),
    stderr: stream(err),
    environment: readEnvironment(variables),
    root: false,
    version: '1.2.3',
    onClosed: () => undefined,
  });
  return { code, err: err.join(''), out: out.join('') };
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

const report = (values: object): void =>
  writeHealth(healthFileOf(directory, 'collector', hostname()), { at: Date.now(), pid: 1, notes: [], ...values });

test.each(['sqlite', 'kafka'])('on %s a part is healthy by what it said of itself less than 30 s ago', async (bus) => {
  const check = () => healthcheck(['collector'], { MOORWATCH_BUS: bus });
  expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('has not started yet') as unknown });
  report({ at: Date.now() - 60_000 });
  expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('60 s old') as unknown });
  report({ at: Date.now() + 60_000 });
  expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('-60 s old') as unknown });
  report({ problem: 'no partition could be opened: \u001b[2J' });
  expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('opened: \\u{1b}[2J') as unknown });
  report({ notes: ['the engine does not answer: refused'] });
  expect(await check()).toEqual({ code: 0, err: '', out: 'note: the engine does not answer: refused\n' });
  writeFileSync(healthFileOf(directory, 'collector', hostname()), '{"at":');
  expect(await check()).toMatchObject({ code: 1, err: expect.stringContaining('cannot be read') as unknown });
});

test('a part whose process is gone is not healthy, though it was a moment ago', async () => {
  const file = healthFileOf(directory, 'analyzer', hostname());
  writeHealth(file, { at: Date.now(), pid: spawnSync('true').pid, notes: [] });
  expect(await healthcheck(['analyzer'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('is gone') as unknown,
  });
  // Its number is another's now.
  const told = { at: Date.now(), pid: process.pid, notes: [] };
  writeFileSync(file, JSON.stringify({ ...told, ...identityOf(process.pid), born: 'boot/1' }));
  expect((await healthcheck(['analyzer'])).code).toBe(1);
  // Of another container: nobody here can tell.
  writeFileSync(file, JSON.stringify({ ...told, pid: 4_194_305, born: 'boot/1', space: 'boot/pid:[1]' }));
  expect((await healthcheck(['analyzer'])).code).toBe(0);
});

test('a part that listens has to answer, too', async () => {
  writeHealth(healthFileOf(directory, 'alerting', hostname()), { at: Date.now(), pid: 1, notes: [] });
  const { code, err } = await healthcheck(['alerting', '--port', '1']);
  expect(code).toBe(1);
  expect(err).toContain('does not answer');
});

test('another part is wrong usage', async () => {
  expect((await healthcheck(['nonsense'])).code).toBe(2);
});
