import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

const port = 23_000 + (process.pid % 2_000);
const proxyUrl = `tcp://127.0.0.1:${port}`;
let lab: Lab;
let proxy: ChildProcess;
let directory = '';
const running: Moorwatch[] = [];

/** The real haproxy with the configuration of the documentation; only its port and the engine's socket are the test's. */
beforeAll(async () => {
  lab = startLab();
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-proxy-'));
  const shipped = readFileSync(join(import.meta.dirname, '../../docs/haproxy.cfg'), 'utf8');
  const ours = shipped
    .replace('bind :2375', `bind 127.0.0.1:${port}`)
    .replace('unix@/var/run/docker.sock', `unix@${lab.socket}`);
  const file = join(directory, 'haproxy.cfg');
  writeFileSync(file, ours);
  proxy = spawn('haproxy', ['-db', '-f', file], { stdio: 'inherit' });
  await eventually(async () => (await ask('GET', '/_ping')) === 200 || undefined);
});
afterEach(async () => {
  for (const moorwatch of running.splice(0)) await moorwatch.stop();
  await lab.clean();
});
afterAll(() => {
  proxy.kill();
  rmSync(directory, { recursive: true, force: true });
  lab.stop();
});

/** Status of a request through the proxy; the path is sent as it is written. */
function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

async function up(config = ''): Promise<Moorwatch> {
  const moorwatch = await startMoorwatch({ engine: proxyUrl, config });
  running.push(moorwatch);
  await moorwatch.ready();
  return moorwatch;
}

test.each([
  ['POST', '/containers/create'],
  ['POST', '/v1.41/containers/box/start'],
  ['POST', '/containers/box/exec'],
  ['PUT', '/containers/box/archive?path=/'],
  ['DELETE', '/containers/box'],
  ['GET', '/containers/box/attach/ws?stream=1&stdin=1'],
  ['GET', '/containers/box/archive?path=/etc/passwd'],
  ['GET', '/containers/box/export'],
  ['GET', '/containers/box/logs?stdout=1'],
  ['GET', '/containers/json/../box/logs'],
  ['GET', '/containers/..%2f..%2fsecrets'],
  ['GET', '/secrets'],
  ['GET', '/plugins/privileges?remote=evil.example/x'],
  ['POST', '/plugins/none/enable'],
  ['GET', '/swarm/unlockkey'],
])('%s %s is refused', async (method, path) => {
  await lab.sh('docker run -d --name box $N $B');
  expect(await ask(method, path)).toBe(403);
});

test('what Moorwatch asks for is passed on, an upgrade of it is not', async () => {
  await lab.sh('docker run -d --name box $N $B');
  for (const path of [
    '/version',
    '/v1.41/info',
    '/containers/json?all=1',
    '/containers/box/json',
    '/containers/box/changes',
    '/images/json',
    '/images/lab%2Fbb:1/json',
    '/volumes',
    '/networks',
  ])
    expect([path, await ask('GET', path)]).toEqual([path, 200]);
  expect(await ask('GET', '/plugins/none/json')).toBe(404);
  expect(await ask('GET', '/info', { connection: 'Upgrade', upgrade: 'tcp' })).toBe(403);
});

test('a mounted socket and a privileged exec are told through the proxy as without it', async () => {
  const moorwatch = await up();
  expect(moorwatch.stderr()).toContain(proxyUrl);
  await lab.sh('docker run -d --name thief $N -v $S:/var/run/docker.sock $B; docker run -d --name box $N $B');
  await moorwatch.finding('MNT-01', (name) => name === 'thief');
  // Whether an exec is privileged is said only by GET /exec/ID/json.
  await lab.sh('docker exec --privileged box true');
  await moorwatch.finding('EXE-01', (name) => name === 'box');
  await lab.sh('docker exec box echo near-miss');
  await eventually(
    async () =>
      (await moorwatch.observations(({ kind }) => kind === 'exec')).some((exec) =>
        JSON.stringify(exec).includes('near-miss'),
      ) || undefined,
  );
  const privileged = (await moorwatch.findings()).filter(({ rule }) => rule.catalogue.includes('EXE-01'));
  expect(privileged).toHaveLength(1);
  // Nothing that it asked for was refused.
  expect(moorwatch.stderr()).not.toMatch(/\b403\b|refused/);
});

test('without the host’s /proc and / a mounted socket is still known by its text, and what is missing is said', async () => {
  const moorwatch = await up('engine:\n  procfs: ""\n  rootfs: ""\n');
  await lab.sh(
    'docker run -d --name thief $N -v /var/run/docker.sock:/var/run/docker.sock $B; docker run -d --name box $N $B',
  );
  const finding = await moorwatch.finding('MNT-01', (name) => name === 'thief');
  expect(finding.coverage?.tier).toBe('engine');
  const { stdout } = await moorwatch.cli('doctor');
  expect(stdout).toMatch(/^warn +procfs +\S/m);
  expect(stdout).toMatch(/^warn +rootfs +\S/m);
  expect(stdout).toMatch(/^(warn|fail) +sensor connections +unavailable/m);
  // Of an ordinary container only what nearly every container has.
  const ordinary = (await moorwatch.findings()).filter(({ container }) => container?.name === 'box');
  expect(ordinary.filter(({ severity }) => !['informational', 'low'].includes(severity))).toEqual([]);
});
