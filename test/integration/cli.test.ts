import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

let lab: Lab;
const running: Moorwatch[] = [];

beforeAll(() => {
  lab = startLab();
});
afterEach(async () => {
  for (const moorwatch of running.splice(0)) await moorwatch.stop();
  await lab.clean();
});
afterAll(() => lab.stop());

async function up(config = ''): Promise<Moorwatch> {
  const moorwatch = await startMoorwatch({ engine: lab.host, config });
  running.push(moorwatch);
  return moorwatch;
}

/** The child of a process, by /proc. */
function childOf(pid: number | undefined): number | undefined {
  const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  return first ? Number(first) : undefined;
}
const alive = (pid: number): boolean => spawnSync('kill', ['-0', String(pid)]).status === 0;
const statusOf = (pid: number, field: string): string =>
  new RegExp(`^${field}:[ \\t]*(.*?)[ \\t]*$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

test('a mounted socket is printed, listed, followed and counted, and nothing of it runs as root that listens', async () => {
  const moorwatch = await up();
  await moorwatch.ready();
  const { feed } = feedOf(moorwatch);
  expect(moorwatch.stderr()).toContain(`engine    ${lab.host} (DOCKER_HOST)`);
  expect(moorwatch.stderr()).toContain('coverage  engine full');

  await lab.sh('docker run -d --name thief $N -v $S:/var/run/docker.sock $B');
  const printed = await eventually(() => (/high +MNT-01/.test(moorwatch.stdout()) ? moorwatch.stdout() : undefined));
  expect(printed).toContain('container thief');
  expect(printed).toMatch(/why {3}\S/);
  expect(printed).toMatch(/check \S/);

  const finding = await moorwatch.finding('MNT-01', (name) => name === 'thief');
  expect(finding.severity).toBe('high');
  expect((await moorwatch.incidents()).some((incident) => incident.container?.name === 'thief')).toBe(true);
  expect((await moorwatch.cli('incidents', '--status', 'closed')).code).toBe(0);
  const since = await moorwatch.cli('findings', '--json', '--since', '0s');
  expect(since.stdout).toBe('');
  const doctor = await moorwatch.cli('doctor');
  expect(doctor.stdout).toMatch(/ok {4}running/);
  expect(doctor.stdout).toContain('sensor');

  const token = readFileSync(join(moorwatch.stateDir, 'feed.token'), 'utf8').trim();
  const metrics = await (await fetch(`${feed}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  expect(metrics).toMatch(/moorwatch_findings_total\{[^}]*severity="high"[^}]*\} [1-9]/);
  expect(metrics).toMatch(/moorwatch_observations_total\{[^}]*part="collector"/);

  const monitor = childOf(moorwatch.process.pid);
  expect(monitor).toBeDefined();
  if (monitor === undefined || process.getuid?.() !== 0) return;
  expect(statusOf(monitor, 'Uid').split(/\s+/)).toEqual(Array.from({ length: 4 }, () => '65534'));
  expect(statusOf(monitor, 'Groups')).toBe('');
  expect(BigInt(`0x${statusOf(monitor, 'CapEff')}`)).toBe(0n);
  expect(BigInt(`0x${statusOf(monitor, 'CapPrm')}`)).toBe(0n);
});

test('SIGTERM ends both processes within seconds with its exit code', async () => {
  const moorwatch = await up();
  await moorwatch.ready();
  const monitor = childOf(moorwatch.process.pid) ?? 0;
  const began = Date.now();
  expect(await moorwatch.stop()).toBe(143);
  running.splice(0);
  expect(Date.now() - began).toBeLessThan(8_000);
  expect(alive(monitor)).toBe(false);
});

test('when the collector is killed the monitor ends by itself', async () => {
  const moorwatch = await up();
  await moorwatch.ready();
  const monitor = childOf(moorwatch.process.pid) ?? 0;
  expect(alive(monitor)).toBe(true);
  await moorwatch.kill();
  await eventually(
    () => !alive(monitor) || undefined,
    () => 'the monitor lives on',
    10_000,
  );
});

test('when the monitor is killed it is started again and goes on where it was', async () => {
  const moorwatch = await up();
  await moorwatch.ready();
  const monitor = childOf(moorwatch.process.pid) ?? 0;
  process.kill(monitor, 'SIGKILL');
  await lab.sh('docker run -d --name after $N $P $B');
  await moorwatch.finding('CFG-01', (name) => name === 'after');
  expect(childOf(moorwatch.process.pid)).not.toBe(monitor);
  expect(moorwatch.stderr()).toContain('SIGKILL');
});

test('without an engine it says so in one line, and carries on when the engine appears', async () => {
  lab.halt();
  const moorwatch = await up();
  await eventually(() => moorwatch.stderr().includes('waiting for the engine') || undefined);
  expect(moorwatch.stderr()).toContain('start Docker');
  lab.start();
  await moorwatch.ready();
  await lab.sh('docker run -d --name late $N $P $B');
  await moorwatch.finding('CFG-01', (name) => name === 'late');
});

function feedOf(moorwatch: Moorwatch): { feed: string } {
  const running: unknown = JSON.parse(readFileSync(join(moorwatch.stateDir, 'running.json'), 'utf8'));
  return { feed: (running as { url: string }).url };
}
