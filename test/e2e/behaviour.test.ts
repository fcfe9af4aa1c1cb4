import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { BaselineView } from '../../shared/baseline-view.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** Learning that ends within a test: few items, no hours. */
const quickLearner = 'baselines:\n  minimumObservations: 8\n  minimumHours: 0\n  newProbability: 0.6\n';

let lab: Lab;
let moorwatch: Moorwatch | undefined;
const directories: string[] = [];

beforeAll(() => {
  lab = startLab();
});
afterEach(async () => {
  await moorwatch?.stop();
  moorwatch = undefined;
  await lab.clean();
});
afterAll(() => {
  lab.stop();
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

const newStateDir = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-state-'));
  directories.push(directory);
  return directory;
};

const start = async (stateDir: string, config = ''): Promise<Moorwatch> => {
  moorwatch = await startMoorwatch({ engine: lab.host, stateDir, config });
  await moorwatch.ready();
  return moorwatch;
};

/** Everything that happened before is analyzed once this is told. */
async function sentinel(running: Moorwatch, name: string): Promise<void> {
  await lab.sh(`docker run -d --name ${name} --cap-add SYS_MODULE $N $B`);
  await running.finding('CFG-04', (container) => container === name);
}

describe('conditions follow a container’s slot', () => {
  test('a replacement of the same name, image and configuration raises nothing new; one more capability does; so does a second one', async () => {
    const running = await start(newStateDir());
    const count = async (row: string) =>
      (await running.findings()).filter(({ rule }) => rule.catalogue.includes(row)).length;
    const agent = '-v $S:/var/run/docker.sock $N $B';

    await lab.sh(`docker run -d --name agent ${agent}`);
    await running.finding('MNT-01', (name) => name === 'agent');
    await lab.sh(`docker rm -f agent; docker run -d --name agent ${agent}`);
    await sentinel(running, 'after-replacement');
    expect(await count('MNT-01')).toBe(1);

    await lab.sh(`docker rm -f agent; docker run -d --name agent --cap-add SYS_ADMIN ${agent}`);
    await running.finding('CFG-03', (name) => name === 'agent');
    expect(await count('CFG-03')).toBe(1);

    const before = await count('MNT-01');
    await lab.sh(`docker run -d --name agent-2 --cap-add SYS_ADMIN ${agent}`);
    await running.finding('MNT-01', (name) => name === 'agent-2');
    expect(await count('MNT-01')).toBe(before + 1);
  });

  test('what is there at the first start is one posture incident, its findings listed one by one; a removed container ends its conditions', async () => {
    await lab.sh('docker run -d --name old-a --privileged $N $B; docker run -d --name old-b --pid host $N $B');
    const running = await start(newStateDir());
    await running.finding('CFG-01', (name) => name === 'old-a');
    await running.finding('CFG-20', (name) => name === 'old-b');
    const posture = await eventually(async () =>
      (await running.incidents()).find(({ kind, count }) => kind === 'posture' && count >= 2),
    );
    expect(posture.findings.flatMap(({ rule }) => rule.catalogue)).toEqual(
      expect.arrayContaining(['CFG-01', 'CFG-20']),
    );
    expect(await running.incidents()).toHaveLength(1);
  });
});

describe('egress of a learned workload', () => {
  const connect = (address: string) => `docker exec app sh -c 'echo | nc -w 1 ${address} 8080 || true'`;

  test('a new address raises NET-14 once, also after a restart', async () => {
    const stateDir = newStateDir();
    const running = await start(stateDir, quickLearner);
    await lab.sh(
      'docker run -d --name app --cap-add NET_ADMIN $N $B; for a in 1 2; do docker exec app ip addr add 10.99.0.$a/32 dev lo; done',
    );
    await lab.sh("docker exec -d app sh -c 'while true; do nc -l -p 8080 >/dev/null; done'");
    for (let round = 0; round < 14; round += 1) await lab.sh(`sleep 0.4; ${connect('10.99.0.1')}`);
    await eventually(
      async () => {
        const { stdout } = await running.cli('baselines', 'list', '--json');
        const baselines = stdout
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as BaselineView);
        // The container is younger than a minute: what it does belongs to its start, which is learned by itself.
        return baselines.find(
          ({ feature, phases }) => feature === 'egress-destinations' && phases.startup.state === 'steady',
        );
      },
      () => 'the workload is still learning',
    );

    await lab.sh(connect('10.99.0.2'));
    const finding = await running.finding('NET-14', (name) => name === 'app');
    expect(finding).toMatchObject({ kind: 'deviation', severity: 'low' });
    expect(finding.summary).toContain('10.99.0.2');
    await lab.sh(`sleep 1; ${connect('10.99.0.2')}`);

    await running.stop();
    const again = await start(stateDir, quickLearner);
    await lab.sh(`sleep 1; ${connect('10.99.0.2')}; sleep 1`);
    await sentinel(again, 'after-restart');
    expect((await again.findings()).filter(({ rule }) => rule.catalogue.includes('NET-14'))).toHaveLength(1);
  });
});

describe('an engine that comes and goes', () => {
  test('without an engine it says so in one line and goes on by itself when the engine is there', async () => {
    lab.halt();
    moorwatch = await startMoorwatch({ engine: lab.host, stateDir: newStateDir() });
    const running = moorwatch;
    await eventually(
      () => (running.stderr().includes(lab.socket) ? true : undefined),
      () => running.stderr(),
    );
    lab.start();
    await running.ready();
    await lab.sh('docker run -d --name late --privileged $N $B');
    await running.finding('CFG-01', (name) => name === 'late');
  });

  test('a restart of the engine is a gap, and watching goes on', async () => {
    const running = await start(newStateDir());
    await lab.sh('docker run -d --name before --privileged $N $B');
    await running.finding('CFG-01', (name) => name === 'before');
    lab.halt();
    lab.start();
    await lab.sh('docker run -d --name behind --privileged $N $B');
    await running.finding('CFG-01', (name) => name === 'behind');
    expect(await running.finding('MON-01')).toMatchObject({ severity: 'high' });
  });

  test('one that stays away is an incident while it is', { timeout: 300_000 }, async () => {
    const running = await start(newStateDir());
    lab.halt();
    const told = async () => (await running.findings()).find(({ rule }) => rule.catalogue.includes('MON-03'))?.summary;
    expect(await eventually(told, undefined, 120_000)).toMatch(/^The sensor engine of .+ ran and is unavailable now/);
    await eventually(
      async () => (await running.incidents()).some(({ title }) => title.includes('Sensor stopped')) || undefined,
    );
    const status = await running.cli('status');
    expect(status.code).toBe(1);
    expect(status.stdout).toContain('no engine: ');
    lab.start();
    await lab.sh('docker run -d --name behind --privileged $N $B');
    await running.finding('CFG-01', (name) => name === 'behind');
  });
});
