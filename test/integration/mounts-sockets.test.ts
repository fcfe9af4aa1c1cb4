import { EMPTY, type Observable, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../collector/engine/client.ts';
import { containerFacts } from '../../collector/engine/facts/container.ts';
import { createPatient } from '../../collector/procfs/patient.ts';
import { createApiSocketsSensor } from '../../collector/sensors/api-sockets.ts';
import { createCreators } from '../../collector/sensors/api-sockets-creators.ts';
import { createMountsSensor } from '../../collector/sensors/mounts.ts';
import type { DeclaredMounts } from '../../collector/sensors/mounts-explained.ts';
import { createUnknownSensor } from '../../collector/sensors/unknown.ts';
import type { SweptContainer } from '../../collector/sweeps.ts';
import type { Observation } from '../../shared/observation.ts';
import { workloadOf } from '../../shared/workload.ts';
import { askEngine, perlMounts } from '../support/engine-client.ts';
import { eventually } from '../support/eventually.ts';
import { noAnswers } from '../support/inspect.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Mount tables and sockets of real containers, from the real /proc. */
let lab: Lab;
let client: EngineClient;
let subscription: Subscription | undefined;

beforeAll(async () => {
  lab = startLab();
  client = await connectEngine({ kind: 'socket', path: lab.socket });
});
afterEach(async () => {
  subscription?.unsubscribe();
  await lab.sh('docker rm -fv $(docker ps -aq) >/dev/null 2>&1; true');
});
afterAll(async () => {
  client.close();
  await lab.clean();
  lab.stop();
});

interface Running {
  readonly container: SweptContainer;
  readonly declared: DeclaredMounts;
}

async function running(): Promise<ReadonlyMap<string, Running>> {
  const ids = (await lab.sh('docker ps -q --no-trunc')).split('\n').filter(Boolean);
  const inspects = await Promise.all(ids.map((id) => client.inspectContainer(id)));
  return new Map(
    inspects.flatMap((inspect): [string, Running][] => {
      if (inspect === undefined) return [];
      const container = containerFacts(inspect, noAnswers);
      const swept: SweptContainer = {
        id: inspect.Id,
        pid: inspect.State?.Pid ?? 0,
        startedAt: container.started_at ?? 0,
        hostNetwork: inspect.HostConfig?.NetworkMode === 'host',
        nanoCpus: 0,
        memoryLimit: 0,
        at: () => ({ container, workload: workloadOf('h', container) }),
      };
      const mounts = (inspect.Mounts ?? []).map(({ Destination = '', Propagation = '' }) => ({
        destination: Destination,
        propagation: Propagation,
      }));
      const declared = { mounts, tmpfs: container.tmpfs ?? [], privileged: container.privileged === true };
      return [[inspect.Id, { container: swept, declared }]];
    }),
  );
}

function listen(observations$: Observable<Observation>) {
  const seen: Observation[] = [];
  subscription = observations$.subscribe((observation) => seen.push(observation));
  return {
    seen,
    find: (what: string, wanted: (observation: Observation) => boolean) =>
      eventually(() => {
        const found = seen.find(wanted);
        if (found === undefined) throw new Error(`${what} was not seen`);
        return found;
      }),
  };
}

const common = {
  procfs: '/proc',
  fastMs: 100,
  slowMs: 500,
  stirred$: EMPTY,
  host: () => ({ id: 'h', name: 'anchor' }),
  now: Date.now,
};

async function watchMounts() {
  const known = await running();
  const sensor = createMountsSensor({
    ...common,
    containers: () => [...known.values()].map(({ container }) => container),
    declared: (id) => known.get(id)?.declared,
  });
  expect(await sensor.available()).toBeUndefined();
  const { seen, find } = listen(sensor.observe());
  return {
    seen,
    find: (name: string, destination: string) =>
      find(
        `a mount at ${destination} of ${name}`,
        ({ container, mount_row }) => container?.name === name && mount_row?.destination === destination,
      ),
  };
}

describe('mounts of real containers', () => {
  it('that ordinary containers have say nothing, whatever they were given', async () => {
    await lab.sh(`docker run -d --name plain $B
      docker run -d --name volumes -v data:/data -v /etc/localtime:/etc/localtime:ro -v /srv:/a/b/c:ro --tmpfs /run/x/y $B
      docker run -d --name locked --read-only --tmpfs /tmp --init -t --security-opt no-new-privileges $B
      docker run -d --name checked --health-cmd true --health-interval 1s $B
      docker run -d --name hosted --pid host --ipc host --uts host --network host $B
      docker run -d --name joined --network container:plain --ipc container:checked $B 2>/dev/null || true
      docker run -d --name almost --security-opt systempaths=unconfined --cap-add SYS_ADMIN $B
      docker run -d --name whole --privileged -v /:/host:rslave -v data:/x/y/z --tmpfs /deep/er/still $B
      docker run -d --name marker --privileged $B`);
    const { seen, find } = await watchMounts();
    await lab.sh(`docker cp /etc/hostname plain:/tmp/x; docker exec volumes true; docker exec --privileged checked true
      docker update --memory 64m --memory-swap 64m plain >/dev/null; docker pause locked; docker unpause locked
      docker exec marker mount -t tmpfs none /mnt`);
    await find('marker', '/mnt');
    expect(seen.map(({ container, mount_row }) => [container?.name, mount_row?.destination])).toEqual([
      ['marker', '/mnt'],
    ]);
  });

  it('R32: that are made while they run are seen, those that were made before too', async () => {
    await lab.sh('docker run -d --name busy --privileged $B; docker exec busy mount -t tmpfs /dev/vda /mnt');
    const { seen, find } = await watchMounts();
    expect((await find('busy', '/mnt')).mount_row).toMatchObject({
      fstype: 'tmpfs',
      source: '/dev/vda',
      when: 'later',
      host_disk: false,
      rebind: false,
      declared: false,
      propagation: 'private',
    });
    await lab.sh(`docker exec busy sh -c 'mkdir /tmp/c /tmp/p; mount -t proc none /tmp/p; mount --bind /etc /root'
      docker exec -d busy sleep 777
      docker exec busy sh -c 'mount -t tmpfs none /proc/$(pidof sleep | cut -d " " -f 1)'`);
    expect((await find('busy', '/tmp/p')).mount_row).toMatchObject({ fstype: 'proc', rebind: false });
    expect((await find('busy', '/root')).mount_row).toMatchObject({ fstype: 'overlay', root: '/etc', rebind: true });
    const overProcess = await eventually(() =>
      seen.find(({ mount_row }) => /^\/proc\/\d+$/.test(mount_row?.destination ?? '')),
    );
    expect(overProcess.mount_row).toMatchObject({ fstype: 'tmpfs', when: 'later' });
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });

  it('of the kernel and of disks are told apart', async () => {
    await lab.sh('docker run -d --name disk --privileged -v data:/data $B');
    const { find } = await watchMounts();
    await lab.sh(`docker exec disk sh -c 'mkdir /tmp/c; mount -t cgroup -o pids none /tmp/c || mount -t cgroup2 none /tmp/c'
      docker exec disk mount --bind /data /mnt`);
    expect((await find('disk', '/tmp/c')).mount_row?.fstype).toMatch(/^cgroup2?$/);
    expect((await find('disk', '/mnt')).mount_row).toMatchObject({ rebind: true });
    await lab.sh(
      'docker exec disk mount -o remount,bind,ro /data; sleep 1; docker exec disk mount -o remount,bind,rw /data',
    );
    expect(await find('disk', '/data')).toMatchObject({ event: { action: 'remount' }, mount_row: { declared: true } });
  });
});

describe('containers that the engine does not know', () => {
  it('are found by their processes, those that it knows are not', async () => {
    await lab.sh('docker run -d --name listed $B; docker run -d --name hidden $B sleep 4242');
    const known = await running();
    const hidden = (await lab.sh('docker inspect -f {{.Id}} hidden')).trim();
    const sensor = createUnknownSensor({
      ...common,
      everyMs: 100,
      patient: createPatient(),
      // As if the engine did not know it: its processes, cgroup and shim are real.
      client: () => ({
        inspectContainer: (id) => (id === hidden ? Promise.resolve(undefined) : client.inspectContainer(id)),
      }),
      containers: () => [...known.values()].flatMap(({ container }) => (container.id === hidden ? [] : [container])),
    });
    expect(await sensor.available()).toBeUndefined();
    const { seen, find } = listen(sensor.observe());
    const found = await find('the hidden one', ({ gap }) => gap?.text.includes(hidden.slice(0, 12)) === true);
    expect(found).toMatchObject({
      kind: 'gap',
      gap: { reason: 'unlisted-container' },
      process: { args: ['sleep', '4242'] },
    });
    expect(seen.filter(({ process }) => process?.args?.includes('3600'))).toEqual([]);
  });
});

describe('connections to the engine’s API from real containers', () => {
  async function watchSockets() {
    const known = await running();
    const reaches = (id: string) =>
      known.get(id)?.declared.mounts.some(({ destination }) => destination === '/any.sock') === true;
    const creators = createCreators({ reaches });
    const sensor = createApiSocketsSensor({
      ...common,
      fastMs: 50,
      containers: () => [...known.values()].map(({ container }) => container),
      creators,
      reaching: () => new Set([...known.keys()].filter(reaches)),
      sockets: () => Promise.resolve([{ path: lab.socket }]),
    });
    expect(await sensor.available()).toBeUndefined();
    return { ...listen(sensor.observe()), creators };
  }
  const isFrom = (name: string) => (observation: Observation) => observation.container?.name === name;

  it('are seen with the path on the host and the process, however the mount is called', async () => {
    await lab.sh(`docker run -d --name caller --network none -v $S:/any.sock ${perlMounts} $B
      docker run -d --name quiet --network none -v $S:/any.sock ${perlMounts} $B`);
    const { seen, find, creators } = await watchSockets();
    const before = Date.now();
    await lab.sh(`docker exec -d caller ${askEngine('/any.sock', { path: '/_ping', hold: 3 })}`);
    expect(await find('the caller', isFrom('caller'))).toMatchObject({
      kind: 'connection',
      network: { transport: 'unix', unix_path: lab.socket, runtime_socket: 'api' },
      process: { name: expect.stringMatching(/^perl/) as string },
    });
    expect(creators.of({ container: 'new', at: Date.now() })).toMatchObject({ name: 'caller', certainty: 'observed' });
    expect(creators.of({ container: 'new', at: before - 1_000 })).toBeUndefined();
    expect(seen.filter(isFrom('quiet'))).toEqual([]);
  });

  it('of an engine in the container itself are none', async () => {
    const serve = `perl -e 'use IO::Socket::UNIX; unlink "/run/docker.sock"; mkdir "/run"; $l = IO::Socket::UNIX->new(Local => "/run/docker.sock", Listen => 5) or die $!; while ($c = $l->accept) { push @c, $c }'`;
    await lab.sh(`docker run -d --name inner --network none ${perlMounts} $B
      docker run -d --name outer --network none -v $S:/any.sock ${perlMounts} $B
      docker exec -d inner ${serve}`);
    const { seen, find } = await watchSockets();
    await lab.sh(`sleep 1
      docker exec -d inner ${askEngine('/run/docker.sock', { path: '/_ping', hold: 3 })}
      sleep 1
      docker exec -d outer ${askEngine('/any.sock', { path: '/_ping', hold: 3 })}`);
    await find('the one outside', isFrom('outer'));
    expect(seen.filter(isFrom('inner'))).toEqual([]);
  });
});
