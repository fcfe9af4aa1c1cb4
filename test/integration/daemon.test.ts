import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../shared/finding.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** The engine itself, as a real one answers; the host's files are a directory of the test's own. */
let lab: Lab;
let moorwatch: Moorwatch;
const rootfs = mkdtempSync(join(tmpdir(), 'moorwatch-rootfs-'));
const stateDir = mkdtempSync(join(tmpdir(), 'moorwatch-daemon-state-'));

beforeAll(async () => {
  lab = startLab();
  put('/etc/group', 'root:x:0:\ndocker:x:106:ann\n');
  put('/usr/sbin/runc', 'runc of the package');
  put('/etc/docker/daemon.json', '{}');
  await up();
});
afterEach(() => lab.clean());
afterAll(async () => {
  await moorwatch.stop();
  lab.stop();
  for (const directory of [rootfs, stateDir]) rmSync(directory, { recursive: true });
});

function put(path: string, text: string): void {
  mkdirSync(join(rootfs, path, '..'), { recursive: true });
  writeFileSync(join(rootfs, path), text);
  chmodSync(join(rootfs, path), 0o644);
}

async function up(): Promise<void> {
  const config = `engine:\n  rootfs: ${rootfs}\nsensors:\n  daemon:\n    everyMs: 500\n`;
  moorwatch = await startMoorwatch({ engine: lab.host, stateDir, config });
  await moorwatch.ready();
}

const about = async (row: string, which: (finding: Finding) => boolean = () => true) =>
  await eventually(
    async () => (await moorwatch.findings()).find((one) => one.rule.catalogue.includes(row) && which(one)),
    () => `no ${row}`,
    40_000,
  );

test('a host as it is has one posture incident of nothing worse than informational, and an ordinary container adds nothing of medium', async () => {
  await about('DMN-01');
  const runc = await about('DMN-03', ({ summary }) => summary.startsWith('runc 1.1.5+ds1'));
  expect(runc).toMatchObject({ severity: 'informational', posture: true });
  const engine = await moorwatch.observations(({ daemon }) => daemon?.version !== undefined);
  expect(engine[0]?.daemon).toMatchObject({
    version: '20.10.24+dfsg1',
    api: '1.41',
    default_runtime: 'runc',
    insecure_registries: [],
    security_options: ['seccomp'],
  });
  expect(await moorwatch.incidents()).toMatchObject([{ kind: 'posture' }]);
  await lab.sh('docker run -d --name ordinary $N $B; docker exec ordinary true; docker run --rm $N $B true');
  await eventually(
    async () =>
      (
        await moorwatch.observations(
          ({ event, container }) => event.action === 'exec_die' && container?.name === 'ordinary',
        )
      ).length > 0,
  );
  const loud = (await moorwatch.findings()).filter(({ severity }) => !['low', 'informational'].includes(severity));
  expect(loud.map(({ summary }) => summary)).toEqual([]);
});

test('r59: a plugin that reaches the host is told with its privileges', async () => {
  const config = JSON.stringify({
    description: 'x',
    entrypoint: ['/x'],
    interface: { types: ['docker.volumedriver/1.0'], socket: 'p.sock' },
    linux: { capabilities: ['CAP_SYS_ADMIN'], allowAllDevices: true },
    pidhost: true,
    network: { type: 'host' },
  });
  const plugin = mkdtempSync(join(tmpdir(), 'moorwatch-plugin-'));
  mkdirSync(join(plugin, 'rootfs'));
  writeFileSync(join(plugin, 'config.json'), config);
  await lab.sh(`docker plugin create lab/pl:1 ${plugin}`);
  const finding = await about('DMN-05');
  expect(finding).toMatchObject({ severity: 'high' });
  expect(finding.summary).toContain('capabilities, all-devices, host-network, host-pid');
  await lab.sh('docker plugin rm lab/pl:1');
  rmSync(plugin, { recursive: true });
});

test('api-10: containers stopped in numbers are told, those of an engine that stops itself are not', async () => {
  const several = 'for i in 1 2 3 4 5 6; do docker run -d --name s$i --stop-signal KILL $N $B >/dev/null; done';
  await lab.sh(`${several}; docker kill s1 s2 s3 s4 s5 s6`);
  expect((await about('API-10')).summary).toMatch(/^6 containers .* were stopped within a minute: s1|s2/);
  await lab.sh(`docker rm s1 s2 s3 s4 s5 s6; ${several}`);
  lab.halt();
  lab.start();
  await about('DMN-04');
  await lab.sh('docker run -d --name after --cap-add SYS_MODULE $N $B');
  await moorwatch.finding('CFG-04', (name) => name === 'after');
  expect((await moorwatch.findings()).filter(({ rule }) => rule.catalogue.includes('API-10'))).toHaveLength(1);
});

test('a program, a permission and a member that changed are told, also when they changed while nobody looked', async () => {
  // Another content each time: what the first look finds is what the next is compared with.
  let round = 0;
  const changed = await eventually(async () => {
    round += 1;
    put('/usr/sbin/runc', `runc of somebody else ${round}`);
    return (await moorwatch.findings()).find(({ rule }) => rule.catalogue.includes('DMN-07'));
  });
  expect(changed).toMatchObject({ severity: 'critical', nature: 'event' });
  chmodSync(join(rootfs, '/etc/docker/daemon.json'), 0o666);
  expect(await about('DMN-02')).toMatchObject({ severity: 'high', nature: 'condition' });
  await moorwatch.stop();
  put('/etc/docker/hook.json', '{}');
  put('/etc/group', 'root:x:0:\ndocker:x:106:ann,eve\n');
  await up();
  await about('DMN-07', ({ summary }) => summary.includes('/etc/docker/hook.json'));
  expect(await about('DMN-08')).toMatchObject({ severity: 'high' });
  expect((await moorwatch.findings()).filter(({ rule }) => rule.catalogue.includes('DMN-02'))).toHaveLength(1);
});
