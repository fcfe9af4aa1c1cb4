import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '../../shared/finding.ts';
import { eventually } from '../support/eventually.ts';
import { type Moorwatch, startMoorwatch } from '../support/moorwatch.ts';

/** Podman's Docker-compatible API (docs/podman.md), run as the other lab engines are. */
const script = join(import.meta.dirname, '../support/engine/podman.sh');
const dir = mkdtempSync(join(tmpdir(), 'moorwatch-podman-'));
const host = `unix://${dir}/run/podman.sock`;
let moorwatch: Moorwatch;

beforeAll(async () => {
  execFileSync(script, ['start', dir], { stdio: ['ignore', 'ignore', 'inherit'] });
  moorwatch = await startMoorwatch({ engine: host });
  await moorwatch.ready();
});
afterAll(async () => {
  await moorwatch.stop();
  execFileSync(script, ['stop', dir], { stdio: ['ignore', 'ignore', 'inherit'] });
});

const docker = async (command: string): Promise<string> =>
  (await promisify(execFile)('sh', ['-c', `docker ${command}`], { env: { ...process.env, DOCKER_HOST: host } })).stdout;

const found = (row: string, container: string): Promise<Finding> =>
  eventually(
    async () =>
      (await moorwatch.findings()).find((one) => one.rule.catalogue.includes(row) && one.summary.includes(container)),
    () => `no ${row} of ${container}`,
    30_000,
  );

test('what a container is given, and what is run in it, is found', async () => {
  await docker('run -d --name plain --network none lab/bb:1');
  await docker('run -d --name priv --privileged --network none lab/bb:1');
  await docker(`run -d --name sock --network none -v ${dir}/run/podman.sock:/var/run/docker.sock lab/bb:1`);
  await docker('run -d --name root --network none -v /:/host lab/bb:1');
  await found('CFG-01', 'priv');
  await found('MNT-01', 'sock');
  await found('MNT-05', 'root');

  await docker('exec --privileged plain sleep 1');
  await docker('exec plain cat /etc/passwd');
  expect(await found('EXE-01', 'plain')).toMatchObject({ severity: 'critical' });
  const ends = await eventually(
    async () => {
      const seen = await moorwatch.observations(({ kind, event }) => kind === 'exec' && event.action === 'exec_die');
      return seen.length === 2 ? seen : undefined;
    },
    () => 'not two ended execs',
  );
  expect(ends.map(({ exec }) => [exec?.command, exec?.privileged, exec?.exit_code])).toEqual([
    ['sleep 1', true, 0],
    ['cat /etc/passwd', false, 0],
  ]);

  await docker('rename plain portaner');
  await docker('kill portaner');
  await docker('rm portaner');
  expect((await found('API-08', 'portaner')).summary).toContain('plain');
  const [gone] = await eventually(
    async () => {
      const seen = await moorwatch.observations(
        ({ event, container }) => event.action === 'destroy' && container?.name === 'portaner',
      );
      return seen.length > 0 ? seen : undefined;
    },
    () => 'no destroy',
  );
  expect(gone?.event.source).toBe('docker-event');
});
