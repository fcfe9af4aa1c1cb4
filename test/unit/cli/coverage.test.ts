import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runMoorwatch } from '../../support/cli/run.ts';

let directory = '';
let server: Server;
let processes: object[] = [];
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'coverage-'));
  writeFileSync(join(directory, 'feed.token'), 'a-token-of-sufficient-length-1234567', { mode: 0o600 });
  server = createServer((request, response) => {
    response.end(JSON.stringify(request.url === '/api/v1/status' ? { current: true, asOf: 1, processes } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true });
});

const coverage = (...args: readonly string[]) => {
  const port = String((server.address() as AddressInfo).port);
  const common = ['--config', '/dev/null', '--state-dir', directory];
  return runMoorwatch([...common, 'coverage', '--port', port, ...args]);
};

const container = (name: string, network: string) => ({
  id: name,
  name,
  image: 'busybox:1',
  imageId: 'sha256:1',
  configHash: 'h1',
  network,
  paused: false,
});
const status = {
  part: 'collector',
  host: { id: 'h1', name: 'anchor\u001b[2J' },
  sensors: { configuration: 'running', exec: 'running', lifecycle: 'running', connections: 'failed' },
  coverage: { engine: 'full', procfs: 'partial', kernel: 'none' },
  missing: ['no host file system: mount it'],
  containers: 5,
  running: 4,
  watched: [container('web', 'private'), container('proxy', 'host'), { ...container('old', 'none'), paused: true }],
};
const collector = { process: 'collector/h1', gone: false, status };

test('for each host: tiers, what is missing, rows that cannot be seen and why, containers', async () => {
  processes = [{ process: 'analyzer/a', gone: false, status: { part: 'analyzer' } }, collector];
  const { code, out } = await coverage();
  expect(code).toBe(0);
  expect(out).toContain('Host anchor\\u{1b}[2J\n');
  expect(out).toMatch(/^ {2}engine +full +\d\d/m);
  expect(out).toMatch(/^ {2}kernel +none +0$/m);
  expect(out).toContain('missing: no host file system: mount it');
  expect(out).toMatch(/not seen: \d+, the sensor connections is failed: .*CRD-01/);
  expect(out).toMatch(/not seen: \d+, only the kernel tier shows it: .*NET-08/);
  expect(out).toMatch(/^ {2}web +busybox:1 +\d+ +-$/m);
  expect(out).toMatch(/^ {2}old +busybox:1 +\d+ +paused/m);
  expect(out).toContain('and 1 more containers');
});

test('as JSON: one object a host, without those that are gone', async () => {
  const other = { ...status, host: { id: 'h0', name: 'aft' }, running: 0, watched: [] };
  processes = [
    collector,
    { process: 'collector/h0', gone: false, status: other },
    { process: 'collector/h2', gone: true, status: { ...status, host: { id: 'h2', name: 'lost' } } },
  ];
  const { out } = await coverage('--json');
  const hosts = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { host: { name: string }; containers: { name: string; seen: number }[] });
  expect(hosts.map(({ host }) => host.name)).toEqual(['aft', 'anchor\u001b[2J']);
  expect(hosts[1]?.containers.map(({ name }) => name)).toEqual(['web', 'proxy', 'old']);
  expect(hosts[1]?.containers[0]).toMatchObject({ imageId: 'sha256:1', configHash: 'h1' });
  expect(hosts[1]?.containers[0]?.seen).toBeGreaterThan(50);
});

test('without a collector it says so, with what to do', async () => {
  processes = [{ process: 'collector/unknown', gone: false, status: { part: 'collector', connected: false } }];
  const { code, err } = await coverage();
  expect(code).toBe(69);
  expect(err).toMatch(/no collector has said yet/);
  expect(err).toMatch(/moorwatch doctor/);
});
