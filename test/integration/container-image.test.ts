import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dockerCommands, parseCompose } from '../support/compose-run.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { readObservations } from '../support/moorwatch.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../..');
const minutes = 60_000;
let lab: Lab;

const docker = async (...args: string[]): Promise<string> =>
  (await run('docker', args, { env: { ...process.env, DOCKER_HOST: lab.host }, maxBuffer: 64 * 1024 * 1024 })).stdout;
const moorwatch = (service: string, ...args: string[]): Promise<string> =>
  docker('exec', service, 'node', '/app/bin/moorwatch.js', ...args);

/** Dockerfile and docker-compose.yml as they are; only the bases come from this machine's files instead of a registry. */
beforeAll(async () => {
  lab = startLab();
  const env = { ...process.env, DOCKER_HOST: lab.host, DOCKER_BUILDKIT: '0' };
  execFileSync(join(repository, 'test/support/image-base.sh'), { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await run('docker', ['build', '--network', 'none', '-t', 'moorwatch', repository], { env, maxBuffer: 2 ** 26 });
  const compose = parseCompose(readFileSync(join(repository, 'docker-compose.yml'), 'utf8'));
  for (const command of dockerCommands({ compose, directory: repository, socket: lab.socket }))
    await docker(...command);
}, 8 * minutes);
afterAll(async () => {
  await lab.clean();
  lab.stop();
});

/** GET from the host's side of the published port: the engine's network namespace is the lab's host. */
async function published(path: string, token?: string): Promise<{ status: number; body: string }> {
  const daemon = readFileSync(join(lab.dir, 'run/docker.pid'), 'utf8').trim();
  const script = `const [url, token] = process.argv.slice(1);
    const response = await fetch(url, { headers: token ? { authorization: 'Bearer ' + token } : {} });
    console.log(JSON.stringify({ status: response.status, body: await response.text() }));`;
  const node = [process.execPath, '--input-type=module', '-e', script, `http://127.0.0.1:7373${path}`];
  const { stdout } = await run('nsenter', ['-t', daemon, '-n', ...node, ...(token === undefined ? [] : [token])]);
  return JSON.parse(stdout) as { status: number; body: string };
}

test('the services watch the engine through the proxy, tell an incident by the published API, and only to who has the token', async () => {
  await eventually(async () => (await published('/readyz')).status === 200 || undefined);
  await eventually(
    async () => (await moorwatch('monitor', 'doctor').catch(outputOf)).includes('running   ') || undefined,
  );
  await docker('run', '-d', '--name', 'evil', '--network', 'none', '--privileged', 'lab/bb:1');

  const token = (await docker('exec', 'monitor', 'cat', '/data/feed.token')).trim();
  const incident = await eventually(async () => {
    const { body } = await published('/api/v1/incidents', token);
    return body.includes('"evil"') ? body : undefined;
  });
  expect(incident).toContain('CFG-01');
  expect((await published('/api/v1/incidents')).status).toBe(401);
  expect(await moorwatch('monitor', 'incidents', '--json')).toContain('"evil"');
});

test('both run as 10001 without any capability, on root file systems they cannot write, over one log of theirs alone', async () => {
  for (const service of ['collector', 'monitor']) {
    const status = await docker('exec', service, 'sh', '-c', 'cat /proc/self/status');
    expect(status).toMatch(/^Uid:\s10001\s10001\s10001\s10001$/m);
    expect(status).toMatch(/^CapEff:\s0{16}$/m);
    expect(status).toMatch(/^CapBnd:\s0{16}$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    const written = docker('exec', service, 'sh', '-c', 'echo x > /app/x');
    await expect(written).rejects.toThrow(/Read-only file system/);
    // Its user alone, and readable to the other service: they are one user.
    const files = await docker('exec', service, 'ls', '-lan', '/data');
    expect(files).toMatch(/^drwx------ +\d+ 10001 +10001 .* \.$/m);
    expect(files).toMatch(/^-rw------- +1 10001 +10001 .* moorwatch\.db$/m);
    expect(JSON.parse(await docker('inspect', '-f', '{{json .RestartCount}}', service))).toBe(0);
  }
});

test('sockets of other containers are seen by the unprivileged collector', async () => {
  await docker('network', 'create', 'app');
  await docker('run', '-d', '--name', 'server', '--network', 'app', 'lab/bb:1', 'nc', '-ll', '-p', '9000', '-e', 'cat');
  const client = 'until sleep 3600 | nc server 9000; do sleep 0.2; done';
  await docker('run', '-d', '--name', 'client', '--network', 'app', 'lab/bb:1', 'sh', '-c', client);
  const stateDir = (await docker('volume', 'inspect', '-f', '{{.Mountpoint}}', 'data')).trim();
  await eventually(async () => {
    const found = await readObservations(stateDir, ({ kind }) => kind === 'connection');
    return (
      found.some(({ container, destination }) => container?.name === 'client' && destination?.port === 9000) ||
      undefined
    );
  });
});

test('the health checks of the image and of the compose file become healthy; without the feed or the collector they fail', async () => {
  for (const service of ['collector', 'monitor'])
    await eventually(
      async () =>
        (await docker('inspect', '-f', '{{.State.Health.Status}}', service)).trim() === 'healthy' || undefined,
      () => `${service} is not healthy`,
      60_000,
    );
  // In the collector nothing listens.
  await expect(moorwatch('collector', 'healthcheck')).rejects.toThrow(/does not answer/);
  await docker('stop', 'collector');
  await eventually(
    async () => (await moorwatch('monitor', 'healthcheck', 'collector').catch(outputOf)).includes('s old') || undefined,
    () => 'a collector that has stopped is still healthy',
    60_000,
  );
  // It ended by itself, in order, and within the time given.
  expect(await docker('inspect', '-f', '{{.State.ExitCode}}', 'collector')).toBe('143\n');
  const { stderr } = await run('docker', ['logs', 'collector'], { env: { ...process.env, DOCKER_HOST: lab.host } });
  expect(stderr).toContain('"event":"stopping"');
  expect(stderr).not.toContain('stopIncomplete');
});

test('the proxy passes on what Moorwatch asks for and nothing else', async () => {
  const script = `for (const [method, path] of [['GET', '/_ping'], ['POST', '/containers/create'], ['GET', '/containers/monitor/logs']])
    console.log(method, path, (await fetch('http://socket-proxy:2375' + path, { method })).status)`;
  await docker('start', 'collector');
  const answers = await docker('exec', 'collector', 'node', '--input-type=module', '-e', script);
  expect(answers).toBe('GET /_ping 200\nPOST /containers/create 403\nGET /containers/monitor/logs 403\n');
  // The monitor has no way to it.
  const fromMonitor = docker(
    'exec',
    'monitor',
    'node',
    '-e',
    "fetch('http://socket-proxy:2375/_ping').then(() => process.exit(0))",
  );
  await expect(fromMonitor).rejects.toThrow(/ENOTFOUND|EAI_AGAIN|fetch failed/);
});

/** Output of a command that failed. */
const outputOf = (error: unknown): string => {
  const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
  return stdout + stderr;
};
