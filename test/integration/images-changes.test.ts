import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Observation } from '../../shared/observation.ts';
import { type Collected, openCollected } from '../support/collector/collected.ts';
import { eventually } from '../support/eventually.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Which image a name points to, and what copies and execs leave in containers, on a real engine. */
let lab: Lab;
let collected: Collected;
let directory: string;

beforeAll(async () => {
  lab = startLab();
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-files-'));
  writeFileSync(join(directory, 't.sh'), '#!/bin/sh\nid\n', { mode: 0o755 });
  symlinkSync('/proc/sys/kernel/core_pattern', join(directory, 'null'));
  // Another image, there from the beginning.
  await lab.sh(`docker create --name other $N $B >/dev/null; docker export other | docker import - lab/other:1 >/dev/null
    docker rm other >/dev/null`);
});
afterAll(() => {
  lab.stop();
  rmSync(directory, { recursive: true });
});
beforeEach(async () => {
  collected = await openCollected();
});
afterEach(async () => {
  await collected.close();
  await lab.clean();
});

async function watch(engine: object = {}): Promise<void> {
  const collector = await collected.start(lab.host, engine, { changes: { distanceMs: 500 } });
  await eventually(() => (collector.status().connected && collector.status().sensors.changes) || undefined);
  await new Promise((resolve) => setTimeout(resolve, 500));
}
async function seen(what: string, fits: (observation: Observation) => boolean): Promise<Observation> {
  let all: readonly Observation[] = [];
  const line = ({ kind, event, container, file, image }: Observation): string =>
    `${kind} ${event.action} ${container?.name ?? ''} ${JSON.stringify(file ?? image ?? '')}`;
  return eventually(
    async () => {
      all = await collected.observations();
      return all.find(fits);
    },
    () => `not seen: ${what}\nof:\n${all.map(line).join('\n')}`,
  );
}
const image = (action: string, what: Partial<NonNullable<Observation['image']>> = {}) =>
  seen(
    `image ${action} ${JSON.stringify(what)}`,
    ({ image: facts, event }) =>
      event.action === action &&
      facts !== undefined &&
      Object.entries(what).every(([name, value]) => facts[name as keyof typeof facts] === value),
  );
const file = (path: string, name: string) =>
  seen(`file ${path} of ${name}`, (one) => one.file?.path === path && one.container?.name === name);
const idOf = async (name: string): Promise<string> =>
  (await lab.sh(`docker image inspect --format '{{.Id}}' ${name}`)).trim();

describe('images', () => {
  it('R55: a name that is pointed elsewhere says who runs the one before; a rebuild is told apart', async () => {
    await lab.sh('docker tag $B lab/app:1; docker run -d --name near $N $B');
    await watch();
    await lab.sh('docker run -d --name r55 $N lab/app:1');
    const [before, after] = await Promise.all([idOf('lab/app:1'), idOf('lab/other:1')]);
    await lab.sh('docker tag lab/other:1 lab/app:1');
    const tagged = await image('tag', { previous_id: before });
    expect(tagged.image).toEqual({
      ref: 'docker.io/lab/app:1',
      registry: 'docker.io',
      repository: 'docker.io/lab/app',
      registry_new: false,
      id: after,
      previous_id: before,
      known: true,
      origin: 'present',
      in_use_by: ['r55'],
    });
    await lab.sh("printf 'FROM lab/bb:1\\nLABEL a=b\\n' | docker build -q -t lab/app:1 -t lab/app:2 - 2>/dev/null");
    expect((await image('tag', { ref: 'docker.io/lab/app:1', origin: 'build' })).image).toMatchObject({ known: false });
    expect((await image('tag', { ref: 'docker.io/lab/app:2' })).image).toMatchObject({ known: true, origin: 'build' });
    await lab.sh('docker create --name made-later $N lab/app:1; docker update --restart always r55');
    const updated = await seen('update', ({ event, snapshot }) => event.action === 'update' && snapshot !== undefined);
    expect(updated.container?.image).toMatchObject({ moved: true, registry_new: false });
    const created = await seen('create', ({ container, snapshot }) => container?.name === 'made-later' && !!snapshot);
    expect(created.container?.image).toMatchObject({ moved: false });
  });

  it('R54 and loads: how an image came is known, also if its tag is told first', async () => {
    await watch();
    await lab.sh(`docker run -d --name r54 $N $B; docker commit r54 lab/commit:1; docker export r54 | docker import - lab/imp:1
      docker save lab/commit:1 -o ${directory}/c.tar; docker rmi lab/commit:1; docker load -q -i ${directory}/c.tar`);
    expect((await image('commit')).image).toMatchObject({
      ref: 'docker.io/lab/commit:1',
      known: false,
      origin: 'commit',
    });
    expect((await image('import')).image).toMatchObject({ ref: 'docker.io/lab/imp:1', known: false, origin: 'import' });
    expect((await image('load')).image).toMatchObject({
      ref: 'docker.io/lab/commit:1',
      known: true,
      origin: 'commit',
    });
    await lab.sh(`docker rmi lab/commit:1; printf 'FROM lab/bb:1\\nLABEL c=d\\n' | docker build -q -t reg.example/x/y:1 - 2>/dev/null
      docker run -d --name new $N reg.example/x/y:1; docker rmi -f reg.example/x/y:1`);
    expect((await image('tag', { registry: 'reg.example' })).image).toMatchObject({ registry_new: true });
    expect((await image('untag', { ref: 'reg.example/x/y:1' })).image).toMatchObject({ in_use_by: ['new'] });
    const created = await seen('create', ({ container, snapshot }) => container?.name === 'new' && !!snapshot);
    expect(created.container?.image).toMatchObject({ registry: 'reg.example', registry_new: true });
  });

  it('a name that moved while nobody watched is found by the next collector', async () => {
    await lab.sh('docker tag $B lab/app:3; docker run -d --name away $N lab/app:3');
    const collector = await collected.start(lab.host);
    await eventually(() => collector.status().connected || undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await collector.stop();
    // More events than the engine remembers.
    await lab.sh(`docker tag lab/other:1 lab/app:3
      seq 1 270 | xargs -P 8 -I{} docker tag $B lab/flood:{}`);
    await watch();
    expect((await image('resync')).image).toMatchObject({
      ref: 'docker.io/lab/app:3',
      in_use_by: ['away'],
      origin: 'present',
    });
  });
});

describe('changes', () => {
  it('R60: what an exec left is told once, with what each file is; R53: what was copied in', async () => {
    await watch({ resyncMs: 60_000 });
    await lab.sh('docker run -d --name r60 $N $B; docker run -d --name r53 $N $B; docker run -d --name near $N $B');
    await lab.sh(
      `docker exec r60 sh -c 'echo x >/etc/ld.so.preload; mkdir -p /var/log; : >/var/log/auth.log; ln -sf /dev/null /root/.ash_history; cp /bin/busybox /tmp/s; chmod 4755 /tmp/s; rm /bin/ls'
      docker cp ${directory}/t.sh r53:/tmp/t.sh; docker exec r53 /tmp/t.sh`,
    );
    expect((await file('/tmp/s', 'r60')).file).toMatchObject({
      change: 'added',
      by: 'exec',
      type: 'file',
      mode: '4755',
      uid: 0,
      executable: true,
      privilege_gained: true,
    });
    expect((await file('/root/.ash_history', 'r60')).file).toMatchObject({ type: 'symlink', target_path: '/dev/null' });
    expect((await file('/var/log/auth.log', 'r60')).file).toMatchObject({ by: 'exec', size: 0, emptied: false });
    expect((await file('/etc/ld.so.preload', 'r60')).file).toMatchObject({ by: 'exec', size: 2 });
    expect((await file('/bin/ls', 'r60')).file).toMatchObject({ change: 'deleted', by: 'exec' });
    const copied = await file('/tmp/t.sh', 'r53');
    expect(copied.file).toMatchObject({ change: 'added', by: 'copy', executable: true, size: 13 });
    const ran = await seen('exec', ({ event, process }) => event.action === 'exec_start' && !!process?.executable);
    expect(ran.process?.executable).toBe('/tmp/t.sh');
    expect(copied.at).toBeLessThanOrEqual(ran.at);

    // A log with content is emptied: the diff before knows how long it was.
    await lab.sh("docker exec r60 sh -c 'echo content >/var/log/app.log'");
    await seen('app.log', ({ file: facts }) => facts?.path === '/var/log/app.log' && facts.size === 8);
    await lab.sh("docker exec r60 sh -c ': >/var/log/app.log'");
    await seen('app.log emptied', ({ file: facts }) => facts?.path === '/var/log/app.log' && facts.emptied === true);
    const files = (await collected.observations()).filter(({ kind }) => kind === 'file');
    expect(new Set(files.map(({ id }) => id)).size).toBe(files.length);
    expect(files.filter(({ container }) => container?.name === 'near')).toEqual([]);
    // What a diff tells is told once: nothing but the log changed since the first one.
    expect(files.filter(({ file: facts }) => facts?.path === '/tmp/s')).toHaveLength(1);
  });

  it('ESC-16: a link over a device is seen in a container that never ran', async () => {
    await watch();
    await lab.sh(`docker create --name esc16 $N $B; docker cp ${directory}/null esc16:/dev/null`);
    expect((await file('/dev/null', 'esc16')).file).toMatchObject({
      type: 'symlink',
      target: '/proc/sys/kernel/core_pattern',
      by: 'copy',
    });
  });

  it('without the host’s / a file is looked at through the first process; a health check costs no diff', async () => {
    await watch({ rootfs: '' });
    await lab.sh(`docker run -d --name checked --health-cmd 'echo x >/etc/cron' --health-interval 1s $N $B
      docker run -d --name box $N $B; sleep 3; docker exec box sh -c 'echo x >/etc/crontab; chmod 2755 /bin/busybox'`);
    expect((await file('/etc/crontab', 'box')).file).toMatchObject({ by: 'exec', type: 'file', mode: '0644' });
    // What the image’s own file was cannot be seen here.
    expect((await file('/bin/busybox', 'box')).file).toMatchObject({ change: 'changed', privilege_gained: true });
    const files = (await collected.observations()).filter(({ kind }) => kind === 'file');
    expect(files.filter(({ container }) => container?.name === 'checked')).toEqual([]);
    expect(collected.happenings.filter(({ name }) => name === 'containerDiffed')).toHaveLength(1);
  });
});
