import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY, of, type Subscription } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPatient } from '../../../../collector/procfs/patient.ts';
import { createProcessesSensor, type ProcessesOptions } from '../../../../collector/sensors/processes.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { createRedactor } from '../../../../shared/redact.ts';
import { firstOf, restless, swept } from '../../../support/collector/sweeps.ts';
import { type FakeProcess, fakeProcfs } from '../../../support/procfs.ts';

let host: ReturnType<typeof fakeProcfs>;
let files: string;
let subscription: Subscription | undefined;
let now: number;
const members = new Set<number>();
beforeEach(() => {
  host = fakeProcfs();
  files = mkdtempSync(join(tmpdir(), 'moorwatch-files-'));
  now = 1_000_000;
  for (const name of ['app', 'other', 'runc']) writeFileSync(join(files, name), '');
  members.clear();
  host.addProcess({ pid: 1, args: ['/sbin/init'], namespace: 99, root: files });
  host.addProcess({ pid: 9, args: [join(files, 'shim')], parent: 1, namespace: 99, root: files });
});
afterEach(() => {
  subscription?.unsubscribe();
  host.remove();
  rmSync(files, { recursive: true });
});

const facts = {
  id: 'web',
  name: 'web',
  image: { name: 'i', id: 'i', registry: 'r', repository: 'r/i' },
  env_keys: ['PATH'],
  namespaces: { pid: '', net: 'private', ipc: 'private', uts: '', user: '', cgroup: 'private' },
};
const container = (id: string, pid: number, startedAt = 0) =>
  swept(id, pid, { startedAt, at: () => ({ container: { ...facts, id }, workload: { id: 'w', name: 'w' } }) });

/** The file system of these tests is the container's root. */
const device = (): string => {
  const { dev } = statSync(files);
  return `${dev >> 8}:${dev & 0xff}`;
};
const rootMount = () => `1 0 ${device()} / / rw - ext4 /dev/vda rw\n`;

function app(pid: number, more: Partial<FakeProcess> = {}): void {
  host.addProcess({
    pid,
    container: 'web',
    parent: 9,
    args: [join(files, 'app'), 'serve'],
    mountinfo: rootMount(),
    start: 10_000,
    ...more,
  });
  members.add(pid);
  host.setCgroup('web', [...members]);
}

const options = (more: Partial<ProcessesOptions> = {}): ProcessesOptions => ({
  procfs: host.procfs,
  rootfs: '',
  ...restless,
  execs$: EMPTY,
  redactor: createRedactor('key'),
  patient: createPatient(),
  gaveUp: () => false,
  containers: () => [container('web', 10)],
  configuration: () => facts,
  // Time goes on with every look.
  now: () => {
    now += 1;
    return now;
  },
  ...more,
});

const observed = (count: number, more: Partial<ProcessesOptions> = {}) =>
  firstOf(createProcessesSensor(options(more)), count);

/** All that it tells, as it goes on. */
function watching(more: Partial<ProcessesOptions> = {}): Observation[] {
  const seen: Observation[] = [];
  subscription = createProcessesSensor(options(more))
    .observe()
    .subscribe((observation) => seen.push(observation));
  return seen;
}
const told = (seen: readonly Observation[]) => seen.map(({ event, process }) => `${event.action} ${process?.pid}`);
/** Some sweeps later. */
const later = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));

describe('the sensor for processes', () => {
  it('needs the host’s /proc', async () => {
    host.setSockets(1, []);
    expect(await createProcessesSensor(options()).available()).toBeUndefined();
    expect(await createProcessesSensor(options({ procfs: '' })).available()).toContain('no processes are seen');
  });

  it('tells what a process is, what it may do and where it comes from', async () => {
    app(10);
    app(11, {
      parent: 10,
      start: 10_150,
      comm: 'worker',
      args: [join(files, 'app'), '--token', 'abcdef'],
      environ: ['PATH=/bin', 'LD_PRELOAD=/tmp/x.so'],
      stdio: ['/dev/null', 'pipe:[7]', '/dev/pts/0'],
      capabilities: '00000000a82425fb',
      seccomp: 0,
      uid: 33,
    });
    const [init, child] = await observed(2);
    expect(init).toMatchObject({
      kind: 'process',
      event: { source: 'procfs', action: 'present' },
      container: { id: 'web' },
      process: { pid: 10, vpid: 1, origin: 'init', container_age_s: 0, env_dangerous: [], root_place: 'container' },
    });
    expect(child?.process).toMatchObject({
      start: '10150',
      comm: 'worker',
      executable: join(files, 'app'),
      name: 'app',
      args: [join(files, 'app'), '--token', expect.stringMatching(/^\[redacted:/)],
      args_truncated: false,
      user: { id: 33 },
      capabilities: { beyond: ['CAP_SYS_PTRACE', 'CAP_SYS_ADMIN'].slice(1) },
      seccomp: 'off',
      seccomp_missing: true,
      ns_host: [],
      ns_undeclared: [],
      ns_foreign: [],
      stdio: { in: 'null', out: 'pipe', err: 'tty' },
      parent: { pid: 10, executable: join(files, 'app') },
      ancestors: [join(files, 'app')],
      origin: 'descendant',
      container_age_s: 1.5,
      env_dangerous: ['LD_PRELOAD'],
      env_injected: ['LD_PRELOAD'],
      is_shell: false,
    });
  });

  it('gives the same process in the same state the same id, after a restart too', async () => {
    app(10);
    const [first] = await observed(1);
    const [again] = await observed(1);
    expect(again?.id).toBe(first?.id);
    app(10, { uid: 5 });
    expect((await observed(1))[0]?.id).not.toBe(first?.id);
  });

  it('tells new ones, other programs and changes, and nothing of what stays', async () => {
    app(10);
    const seen = watching();
    await vi.waitFor(() => expect(told(seen)).toEqual(['present 10']));
    app(11, { parent: 10, start: 100_500 });
    await vi.waitFor(() => expect(told(seen).slice(1)).toEqual(['start 11']));
    app(11, { parent: 10, start: 100_500, image: '4 5 6', exe: join(files, 'other') });
    await vi.waitFor(() => expect(told(seen).slice(2)).toEqual(['exec 11']));
    app(11, { parent: 10, start: 100_500, image: '4 5 6', exe: join(files, 'other'), uid: 7 });
    now += 60_000;
    await vi.waitFor(() => expect(told(seen).slice(3)).toEqual(['change 11']));
    expect(seen.at(-1)?.process).toMatchObject({ name: 'other', user: { id: 7 }, origin: 'descendant' });
    host.removeProcess(11);
    await later();
    app(11, { parent: 10, start: 100_900 });
    await vi.waitFor(() => expect(told(seen).slice(4)).toEqual(['start 11']));
    now += 60_000;
    await later();
    expect(seen).toHaveLength(5);
  });

  it('tells a young container’s processes as new', async () => {
    app(10, { start: 99_900 });
    const [found] = await observed(1, { containers: () => [container('web', 10, now - 500)] });
    expect(found?.event.action).toBe('start');
  });

  it('leaves out zombies and what is gone', async () => {
    app(10);
    app(11, { parent: 10, state: 'Z', start: 99_000 });
    app(12, { parent: 10, start: 99_001 });
    const seen = await observed(2);
    expect(told(seen)).toEqual(['present 10', 'present 12']);
  });

  describe('of a runtime that begins a process', () => {
    // The container's root is another file system than that of the runtime, which is the host's.
    const root = '/proc';
    const overlay = '1 0 99:1 / / rw - overlay overlay rw\n';
    beforeEach(() => {
      app(10, { root, mountinfo: overlay, exe: '/proc/version' });
      host.setMounts(1, rootMount());
      app(11, { root, start: 99_990, exe: join(files, 'runc') });
    });

    it('waits until it became what it was asked to start', async () => {
      const seen = watching();
      await vi.waitFor(() => expect(told(seen)).toEqual(['present 10']));
      await later();
      expect(seen).toHaveLength(1);
      app(11, { root, start: 99_990, image: '7 8 9', exe: '/proc/version' });
      await vi.waitFor(() => expect(told(seen).slice(1)).toEqual(['present 11']));
      expect(seen[1]?.process).toMatchObject({ name: 'version', origin: 'exec' });
    });

    it('tells it when it stays', async () => {
      const seen = watching();
      await vi.waitFor(() => expect(told(seen)).toEqual(['present 10']));
      host.setUptime(1_010);
      await vi.waitFor(() => expect(told(seen).slice(1)).toEqual(['present 11']));
      expect(seen[1]?.process?.exe?.layer).toBe('host');
    });

    it('says nothing of a container whose first process is still the runtime', async () => {
      app(10, { root, mountinfo: overlay, exe: join(files, 'runc'), start: 99_980 });
      const seen = watching();
      await later();
      expect(seen).toEqual([]);
      app(10, { root, mountinfo: overlay, exe: '/proc/version', start: 99_980 });
      await vi.waitFor(() => expect(told(seen)).toEqual(['present 10']));
    });
  });

  it('tells how processes came in', async () => {
    app(10);
    app(11, { parent: 9, start: 10_100 });
    app(12, { parent: 11, start: 10_200 });
    host.addProcess({ pid: 20, args: ['/usr/bin/nsenter'], parent: 1 });
    app(13, { parent: 20, start: 10_300 });
    app(14, { parent: 13, start: 10_400 });
    const seen = await observed(5);
    expect(seen.map(({ process }) => [process?.pid, process?.origin])).toEqual([
      [10, 'init'],
      [11, 'exec'],
      [12, 'exec'],
      [13, 'entered'],
      [14, 'entered'],
    ]);
    expect(seen[3]?.process?.parent).toMatchObject({ pid: 20, command_line: '/usr/bin/nsenter' });
  });

  it('sees who entered without being in the cgroup', async () => {
    app(10);
    host.addProcess({
      pid: 30,
      parent: 1,
      args: [join(files, 'other')],
      namespaces: { mnt: 4 },
      namespace: 99,
      start: 10_500,
    });
    const [, guest] = await observed(2);
    expect(guest?.process).toMatchObject({
      pid: 30,
      origin: 'entered',
      name: 'other',
      ns_host: ['pid', 'net', 'ipc', 'uts', 'cgroup'],
    });
  });

  it('takes what the engine told of for an exec where orphans have the same parent', async () => {
    const shared = { ...facts, namespaces: { ...facts.namespaces, pid: 'host' } };
    for (const pid of [10, 11, 12]) app(pid, { parent: 9, start: 10_000 + pid, vpid: pid });
    const seen = await observed(3, { configuration: () => shared, execs$: of(12) });
    expect(seen.map(({ process }) => process?.origin)).toEqual(['init', undefined, 'exec']);
  });

  it('looks at everybody in turn when more change all the time than one turn has room for', async () => {
    app(10);
    for (let pid = 100; pid < 180; pid += 1) {
      app(pid, { parent: 10, start: 10_100 });
      // None that can be looked at: as if it became another program meanwhile, every time.
      host.write(`${pid}/status`, '');
    }
    app(200, { parent: 10, start: 10_200 });
    const seen = watching();
    await vi.waitFor(() => expect(told(seen)).toEqual(['present 10', 'present 200']));
  });

  it('says so once when a container has more processes than it looks at', async () => {
    app(10);
    for (let pid = 1_000; pid < 1_520; pid += 1) members.add(pid);
    host.setCgroup('web', [...members]);
    const seen = watching();
    await vi.waitFor(() => expect(seen.some(({ kind }) => kind === 'gap')).toBe(true));
    await later();
    const gaps = seen.flatMap(({ gap, container }) =>
      gap === undefined ? [] : [[gap.reason, gap.lost, container?.id]],
    );
    expect(gaps).toEqual([['too-many-processes', 9, 'web']]);
  });

  it('sees a process however deep below its container’s cgroup it lies', async () => {
    app(10);
    app(11, { parent: 10, start: 10_100 });
    host.setCgroup('web', [10]);
    host.setNestedCgroup('web', 'a/b/c/d/e/f', [11]);
    // The kernel has the file in each of them.
    for (const path of ['a', 'a/b', 'a/b/c', 'a/b/c/d', 'a/b/c/d/e']) host.setNestedCgroup('web', path, []);
    expect(told(await observed(2))).toEqual(['present 10', 'present 11']);
  });

  it('says so once when a container made more cgroups than are looked at', async () => {
    app(10);
    for (let index = 0; index < 1_030; index += 1) host.setNestedCgroup('web', `x${index}`, []);
    const seen = watching();
    await vi.waitFor(() => expect(seen.some(({ kind }) => kind === 'gap')).toBe(true));
    await later();
    const gaps = seen.flatMap(({ gap }) => (gap === undefined ? [] : [gap]));
    expect(gaps).toMatchObject([
      { reason: 'too-many-processes', text: expect.stringContaining('1024 cgroups') as string },
    ]);
  });

  it('tells of a process that becomes another program during every look', async () => {
    app(10);
    let image = 0;
    const patient: ProcessesOptions['patient'] = (_whose, read) => {
      image += 1;
      app(11, { parent: 10, start: 10_100, image: String(image) });
      return read();
    };
    const [, restless] = await observed(2, { patient });
    expect(restless?.process).toMatchObject({ pid: 11, name: 'app' });
  });

  it('says so once when reads of a container’s files were given up', async () => {
    app(10);
    const seen = watching({ gaveUp: (id) => id === 'web' });
    await vi.waitFor(() => expect(seen.some(({ kind }) => kind === 'gap')).toBe(true));
    await later();
    expect(seen.flatMap(({ gap, container }) => (gap ? [[gap.reason, container?.id]] : []))).toEqual([
      ['reads-given-up', 'web'],
    ]);
  });
});
