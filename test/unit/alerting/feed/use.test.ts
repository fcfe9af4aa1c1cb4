import { describe, expect, it } from 'vitest';
import { createUses, readUses } from '../../../../alerting/feed/use.ts';
import { placesOf } from '../../../../cli/harden/places.ts';
import { workloadUseSchema } from '../../../../shared/harden/use.ts';
import { encodeObservation, type Observation } from '../../../../shared/observation.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';
import {
  began,
  configuration,
  container,
  gap,
  heartbeat,
  hour,
  idOf,
  lifecycle,
  process,
  seen,
  web,
} from './use-records.ts';

function useOf(observations: readonly Observation[], wanted = web.id) {
  const uses = createUses(wanted);
  for (const observation of observations) uses.take(encodeObservation(observation));
  const [use, ...others] = uses.list();
  if (use === undefined) throw new Error('nothing was found');
  expect(others).toEqual([]);
  return workloadUseSchema.parse(use);
}

const own = { origin: 'descendant', start: '1' } as const;

describe('what a workload used', () => {
  it('is found in the log by id and by name, and what is of others or cannot be read is left out', async () => {
    const bus = createMemoryBus();
    const other = lifecycle('start', 0, {
      workload: { id: 'w2', name: 'other' },
      container: container({ id: idOf('b') }),
    });
    const values = [...[lifecycle('start', 1), other].map(encodeObservation), '{"kind":"gap"', null];
    await bus.append(
      'observations',
      values.map((value) => ({ key: 'h1', value, at: 1 })),
    );
    for (const wanted of [web.id, web.name]) {
      const uses = await readUses(bus, wanted);
      expect(uses.map(({ workload, time }) => [workload, time.starts])).toEqual([[web, 1]]);
    }
    expect(await readUses(bus, 'nobody')).toEqual([]);
    await bus.close();
  });

  it('is told apart where several workloads have one name', () => {
    const uses = createUses(web.name);
    for (const id of ['w1', 'w2'])
      uses.take(encodeObservation(lifecycle('start', 0, { workload: { id, name: web.name } })));
    expect(uses.list().map(({ workload }) => workload.id)).toEqual(['w1', 'w2']);
  });

  it('counts the time in which any container ran, up to the last heartbeat, without what nobody watched', () => {
    const second = { container: container({ id: idOf('b') }) };
    const use = useOf([
      lifecycle('start', 0),
      lifecycle('start', 1, second),
      lifecycle('die', 3, { container: container({ state: 'exited' }) }),
      lifecycle('destroy', 4, { container: container({ state: 'exited' }) }),
      gap(5, 7, ['events']),
      lifecycle('die', 8, { container: container({ id: idOf('b'), state: 'exited' }) }),
      lifecycle('start', 20, second),
      heartbeat(30, {}),
    ]);
    // 0–8 without 5–7, and 20–30.
    expect(use.time).toMatchObject({
      watchedMs: 16 * hour,
      starts: 3,
      containers: 2,
      leftOut: 0,
      last: began + 30 * hour,
    });
    expect(use.gaps).toEqual([{ scope: 'events', count: 1, ms: 2 * hour }]);
  });

  it('has the newest configuration with its ports and mounts', () => {
    const newer = configuration(2, { tmpfs: ['/cache'], user: 'app' });
    const about = (object: object): Observation => ({ ...newer, ...object });
    const use = useOf([
      configuration(1),
      newer,
      about({ port: { container_port: 80, protocol: 'tcp', host_ip: '', host_port: 8080 } }),
      about({ mount: { destination: '/data' } }),
    ]);
    expect(use.configuration).toMatchObject({
      user: 'app',
      published: ['8080:80/tcp'],
      mounts: ['/cache', '/data'],
      networkMode: 'private',
    });
  });

  it('counts in how many heartbeats each sensor ran', () => {
    const use = useOf([
      lifecycle('start', 0),
      heartbeat(1, { processes: 'running' }),
      heartbeat(2, { processes: 'failed' }),
    ]);
    expect(use.sensors).toEqual({ processes: { running: 1, last: 'failed' } });
    expect(use.heartbeats).toBe(2);
  });
});

describe('of processes', () => {
  it('what they had is kept apart from what shows use, and execs are left out', () => {
    const use = useOf([
      process(0, {
        pid: 1,
        start: '1',
        origin: 'init',
        user: { id: 0 },
        capabilities: { effective: ['CAP_CHOWN'], permitted: [], beyond: [] },
      }),
      process(0, { pid: 2, ...own, name: 'worker', user: { id: 33 }, parent: { pid: 1 } }),
      process(0, {
        pid: 3,
        start: '1',
        origin: 'exec',
        user: { id: 5 },
        capabilities: { effective: ['CAP_NET_RAW'], permitted: [], beyond: [] },
      }),
    ]);
    expect(use.processes).toMatchObject({ seen: 2, ofExecs: 1, withRights: 1, effective: ['CAP_CHOWN'], gained: [] });
    expect(use.processes.users.map(({ uid }) => uid)).toEqual([0, 33]);
    expect(use.processes.implied.map(({ capability }) => capability)).toEqual(['CAP_SETUID', 'CAP_SETGID']);
    expect(use.processes.implied[0]?.text).toBe('worker became user 33 from root');
    expect(use.processes.likely.map(({ capability }) => capability)).toEqual(['CAP_KILL']);
  });

  it('one that changes its user while it lives shows it, a new one with its number does not', () => {
    const at = (uid: number, start: string): Observation =>
      process(0, { pid: 7, start, origin: 'descendant', user: { id: uid } });
    expect(useOf([at(0, '1'), at(33, '1')]).processes.implied).toHaveLength(2);
    expect(useOf([at(0, '1'), at(33, '2')]).processes.implied).toEqual([]);
  });

  it.each([
    ['a file with setuid', { user: { id: 0 }, real_user: { id: 33 } }],
    ['a child of another user than its parent', { user: { id: 0 }, parent: { pid: 1 } }],
    [
      'capabilities of a file',
      {
        user: { id: 33 },
        real_user: { id: 33 },
        parent: { pid: 1 },
        capabilities: { effective: ['CAP_NET_RAW'], permitted: [], beyond: [] },
      },
    ],
  ])('%s is rights gained', (_, facts) => {
    const use = useOf([
      process(0, { pid: 1, start: '1', origin: 'init', user: { id: 33 } }, { container: container({ user_uid: 33 }) }),
      process(0, { pid: 2, ...own, ...facts }),
    ]);
    expect(use.processes.gained).toHaveLength(1);
    expect(use.processes.implied).toEqual([]);
  });

  it('mounts, roots and namespaces of their own show what they take, those of a user namespace of their own do not', () => {
    const row = {
      destination: '/x',
      fstype: 'tmpfs',
      source: '',
      root: '/',
      device: '0:1',
      rw: true,
      propagation: 'private',
      when: 'later',
      declared: false,
      host_disk: false,
      rebind: false,
    } as const;
    const use = useOf([seen('syscall', 0, { mount_row: row }), process(0, { pid: 1, ...own, root_place: 'inside' })]);
    expect(use.processes.implied.map(({ capability }) => capability)).toEqual(['CAP_SYS_ADMIN', 'CAP_SYS_CHROOT']);
    expect(useOf([process(0, { pid: 1, ...own, ns_foreign: ['user', 'mnt'] })]).processes.implied).toEqual([]);
    expect(useOf([process(0, { pid: 1, ...own, ns_foreign: ['mnt'] })]).processes.implied).toHaveLength(1);
  });
});

describe('of files', () => {
  it('those of execs and copies are told apart, and looks are counted by what causes them', () => {
    const exec = { id: 'e', args: [], command: '', resolved: true, is_shell: false, is_healthcheck: false };
    const written = (path: string, by?: 'exec'): Observation =>
      seen('file', 1, { file: { path, name: '', change: 'added', ...(by && { by }) } });
    const use = useOf([
      seen('exec', 1, { event: { source: 'docker-event', action: 'exec_die' }, exec }),
      seen('exec', 2, {
        event: { source: 'docker-event', action: 'exec_die' },
        exec: { ...exec, is_healthcheck: true },
      }),
      written('/tmp/a', 'exec'),
      written('/tmp/b', 'exec'),
      written('/tmp/b'),
      seen('file', 1, { file: { path: '/dev/x', name: 'x', change: 'added', type: 'char', left_out: 3 } }),
    ]);
    expect(use.files).toMatchObject({ looks: 1, lastLook: began + hour, leftOut: 3 });
    expect(use.files.paths.map(({ path, by }) => [path, by])).toEqual([
      ['/dev/x', undefined],
      ['/tmp/a', 'exec'],
      ['/tmp/b', undefined],
    ]);
    expect(use.processes.implied.map(({ capability }) => capability)).toEqual(['CAP_MKNOD']);
  });

  it('a directory that is new was made in another, one that changed was written in', () => {
    const directory = (path: string, change: 'added' | 'changed'): Observation =>
      seen('file', 1, { file: { path, name: '', change, type: 'directory' } });
    const use = useOf([directory('/var/cache/web/temp', 'added'), directory('/srv/data', 'changed')]);
    expect(use.files.paths.map(({ path }) => path)).toEqual(['/srv/data/.', '/var/cache/web/temp']);
    expect(
      placesOf(
        use.files.paths.map(({ path }) => path),
        [],
      ),
    ).toMatchObject({ tmpfs: [{ path: '/var/cache/web' }], volumes: ['/srv/data'] });
  });
});

describe('of connections', () => {
  const connection = (direction: 'egress' | 'ingress' | 'listen', ends: Partial<Observation>): Observation =>
    seen('connection', 1, { network: { direction, transport: 'tcp' }, ...ends });

  it('destinations have the name of the container behind them and whose process it was, also when that is told later', () => {
    const database = { id: idOf('d'), name: 'shop-db-1' };
    const use = useOf([
      { ...configuration(0), workload: { id: 'w-db', name: 'shop/db' }, container: container(database) },
      connection('egress', {
        source: { ip: '172.18.0.2', port: 5 },
        destination: { ip: '172.18.0.3', port: 5432, container_id: database.id },
        process: { pid: 9 },
      }),
      connection('egress', {
        source: { ip: '172.18.0.2', port: 6 },
        destination: { ip: '203.0.113.7', port: 443 },
        process: { pid: 8 },
      }),
      connection('egress', {
        source: { ip: '172.18.0.2', port: 7 },
        destination: { ip: '127.0.0.1', port: 443, scope: 'loopback' },
      }),
      process(1, { pid: 9, ...own, user: { id: 0 } }),
      process(1, { pid: 8, start: '1', origin: 'exec', user: { id: 0 } }),
    ]);
    expect(use.network.egress).toMatchObject([
      { ip: '172.18.0.3', owner: 'own', container: { name: 'shop-db-1', workload: { name: 'shop/db' } } },
      { ip: '203.0.113.7', owner: 'exec' },
    ]);
    expect(use.network.addresses).toMatchObject([{ ip: '172.18.0.2', running: true }]);
  });

  it('whose process was not seen while an exec ran are taken for those of the exec', () => {
    const exec = { id: 'e', args: [], command: '', resolved: true, is_shell: false, is_healthcheck: false };
    const execAt = (action: string, hours: number): Observation =>
      seen('exec', hours, { event: { source: 'docker-event', action }, exec });
    const to = (ip: string, hours: number): Observation => ({
      ...connection('egress', { source: here, destination: { ip, port: 443 } }),
      at: began + hours * hour,
    });
    const use = useOf([
      execAt('exec_start', 1),
      to('203.0.113.1', 2),
      to('203.0.113.2', 2),
      execAt('exec_die', 3),
      to('203.0.113.3', 3.001),
      to('203.0.113.1', 4),
      to('203.0.113.4', 4),
    ]);
    expect(use.network.egress.map(({ owner }) => owner)).toEqual(['unknown', 'exec', 'exec', 'unknown']);
  });

  it('who comes in is counted by where from, and a low port shows a capability', () => {
    const here = { ip: '172.18.0.2', port: 80 };
    const use = useOf([
      connection('listen', { source: { ip: '0.0.0.0', port: 80 } }),
      connection('ingress', { source: { ip: '172.18.0.9', port: 5, container_id: 'x' }, destination: here }),
      connection('ingress', { source: { ip: '172.18.0.1', port: 5, is_host: true }, destination: here }),
    ]);
    expect(use.network.ingress).toEqual({ fromContainers: 1, fromOutside: 1, sample: '172.18.0.1' });
    expect(use.processes.implied).toMatchObject([
      { capability: 'CAP_NET_BIND_SERVICE', text: 'listens on port 80/tcp' },
    ]);
  });

  it('are bounded, and what is left out is counted', () => {
    const flood = Array.from({ length: 600 }, (_, n) =>
      connection('egress', { source: here, destination: { ip: `203.0.${n >> 8}.${n & 255}`, port: 443 } }),
    );
    const { network } = useOf(flood);
    expect([network.egress.length, network.leftOut]).toEqual([512, 88]);
  });
  const here = { ip: '172.18.0.2', port: 80 };
});

it('the most of what was used is kept, with its time', () => {
  const reading = (hours: number, pids: number, memory_bytes: number): Observation =>
    seen('resources', hours, {
      resources: { cpu_pct_of_quota: 0, memory_bytes, pids, block_read_bytes: 0, block_write_bytes: 0 },
    });
  expect(useOf([reading(1, 3, 50), reading(2, 9, 10), reading(3, 2, 20)]).resources).toMatchObject({
    readings: 3,
    pids: { value: 9, at: began + 2 * hour },
    memory: { value: 50, at: began + hour },
  });
});
