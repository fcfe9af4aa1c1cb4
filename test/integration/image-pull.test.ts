import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Observation } from '../../shared/observation.ts';
import { type Collected, openCollected } from '../support/collector/collected.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Pulls from a registry of the test's own, on the loopback of the lab's engine. */
let lab: Lab;
let collected: Collected;
let directory: string;
let registry: ChildProcess;

beforeAll(async () => {
  lab = startLab();
  collected = await openCollected();
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-registry-'));
  const pid = readFileSync(join(lab.dir, 'run/docker.pid'), 'utf8').trim();
  const server = join(import.meta.dirname, '../support/registry-server.ts');
  await build('one');
  await build('two');
  publish('one');
  registry = spawn('nsenter', ['-t', pid, '-n', process.execPath, '--import', 'tsx', server, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (registry.stdout !== null) await once(registry.stdout, 'data');
});
afterAll(async () => {
  registry.kill();
  await collected.close();
  lab.stop();
  rmSync(directory, { recursive: true });
});

/** An image that the engine forgets again. */
const build = (label: string): Promise<string> =>
  lab.sh(`printf 'FROM lab/bb:1\\nLABEL which=${label}\\n' | docker build -q -t tmp/${label}:1 - 2>/dev/null
    mkdir ${directory}/${label}; docker save tmp/${label}:1 | tar x -C ${directory}/${label}; docker rmi tmp/${label}:1`);
/** Makes it what the registry has. */
const publish = (label: string): void => {
  rmSync(join(directory, 'image'), { force: true });
  symlinkSync(label, join(directory, 'image'));
};

const seen = (what: string, fits: (observation: Observation) => boolean): Promise<Observation> =>
  eventually(
    async () => (await collected.observations()).find(fits),
    () => `not seen: ${what}`,
  );
const name = '127.0.0.1:5000/acme/app:1';

it('a pull says which image the name has now, from whose registry, and who runs the one before', async () => {
  const collector = await collected.start(lab.host);
  await eventually(() => collector.status().connected || undefined);
  await new Promise((resolve) => setTimeout(resolve, 500));
  await lab.sh(`docker pull -q ${name}; docker run -d --name web $N ${name}`);
  const pulled = await seen('the first pull', ({ kind, event }) => kind === 'image' && event.action === 'pull');
  const [first] = (await lab.sh(`docker image inspect --format '{{.Id}}' ${name}`)).split('\n');
  expect(pulled.image).toEqual({
    ref: name,
    registry: '127.0.0.1:5000',
    repository: '127.0.0.1:5000/acme/app',
    registry_new: true,
    id: first,
    known: false,
    origin: 'pull',
  });
  const created = await seen('web', ({ container, snapshot }) => container?.name === 'web' && snapshot !== undefined);
  expect(created.container?.image).toMatchObject({ registry_new: true, moved: false });
  expect(created.container?.image.digests).toHaveLength(1);

  publish('two');
  await lab.sh(`docker pull -q ${name}`);
  const updated = await seen('the second pull', ({ image }) => image?.previous_id === first);
  expect(updated.image).toMatchObject({ origin: 'pull', known: false, registry_new: false, in_use_by: ['web'] });
});
