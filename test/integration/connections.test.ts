import { type ChildProcess, spawn } from 'node:child_process';
import { EMPTY, type Subscription } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../collector/engine/client.ts';
import { containerFacts } from '../../collector/engine/facts/container.ts';
import { createConnectionsSensor } from '../../collector/sensors/connections.ts';
import { createResourcesSensor } from '../../collector/sensors/resources.ts';
import type { SweptContainer } from '../../collector/sweeps.ts';
import type { Observation } from '../../shared/observation.ts';
import { workloadOf } from '../../shared/workload.ts';
import { eventually } from '../support/eventually.ts';
import { noAnswers } from '../support/inspect.ts';
import { type Lab, startLab } from '../support/lab.ts';

/** Sockets and statistics of real containers, from the real /proc and the real engine. In the lab the host's network is the daemon's. */
let lab: Lab;
let client: EngineClient;
let subscription: Subscription | undefined;
let server: ChildProcess | undefined;

beforeAll(async () => {
  lab = startLab();
  client = await connectEngine({ kind: 'socket', path: lab.socket });
  await lab.sh('docker network create front >/dev/null');
});
afterEach(async () => {
  subscription?.unsubscribe();
  server?.kill();
  await lab.sh('docker rm -fv $(docker ps -aq) >/dev/null 2>&1; true');
});
afterAll(async () => {
  client.close();
  await lab.clean();
  lab.stop();
});

async function running(): Promise<readonly SweptContainer[]> {
  const ids = (await lab.sh('docker ps -q --no-trunc')).split('\n').filter(Boolean);
  const inspects = await Promise.all(ids.map((id) => client.inspectContainer(id)));
  return inspects.flatMap((inspect) => {
    if (inspect === undefined) return [];
    const container = containerFacts(inspect, noAnswers);
    return {
      id: inspect.Id,
      pid: inspect.State?.Pid ?? 0,
      startedAt: container.started_at ?? 0,
      hostNetwork: inspect.HostConfig?.NetworkMode === 'host',
      nanoCpus: inspect.HostConfig?.NanoCpus ?? 0,
      memoryLimit: inspect.HostConfig?.Memory ?? 0,
      pidsLimit: inspect.HostConfig?.PidsLimit ?? 0,
      exposedPorts: container.exposed_ports ?? [],
      at: () => ({ container, workload: workloadOf('h', container) }),
    };
  });
}

async function watch(): Promise<{ readonly seen: Observation[]; find(wanted: Wanted): Promise<Observation> }> {
  const seen: Observation[] = [];
  const containers = await running();
  const sensor = createConnectionsSensor({
    procfs: '/proc',
    fastMs: 100,
    slowMs: 2_000,
    stirred$: EMPTY,
    containers: () => containers,
    host: () => ({ id: 'h', name: 'anchor' }),
    now: Date.now,
  });
  expect(await sensor.available()).toBeUndefined();
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
  const find = ({ name, direction, port }: Wanted) =>
    eventually(() => {
      const found = seen.find(
        ({ container, network, source, destination }) =>
          container?.name === name &&
          network?.direction === direction &&
          (direction === 'listen' ? source?.port : destination?.port) === port,
      );
      if (found === undefined) throw new Error(`${name} ${direction} ${port} was not seen`);
      return found;
    });
  return { seen, find };
}

interface Wanted {
  readonly name: string;
  readonly direction: 'egress' | 'ingress' | 'listen';
  readonly port: number;
}

describe('connections of real containers', () => {
  it('between siblings are seen from both ends, with their processes', async () => {
    await lab.sh(`docker run -d --name server --network front $B httpd -f -p 5432
      docker run -d --name client --network front $B`);
    const { seen, find } = await watch();
    expect(await find({ name: 'server', direction: 'listen', port: 5432 })).toMatchObject({
      process: { args: ['httpd', '-f', '-p', '5432'], executable: '/bin/busybox' },
    });
    await lab.sh('docker exec -d client sh -c "sleep 4 | nc server 5432"');
    const egress = await find({ name: 'client', direction: 'egress', port: 5432 });
    const ingress = await find({ name: 'server', direction: 'ingress', port: 5432 });
    expect(egress.process?.args).toEqual(['nc', 'server', '5432']);
    expect(egress.destination).toMatchObject({ container_id: ingress.container?.id, scope: 'private' });
    expect(ingress.source?.container_id).toBe(egress.container?.id);
    // The engine's resolver, which the name was asked of, is no connection of anybody.
    expect(seen.filter(({ source, destination }) => [source?.ip, destination?.ip].includes('127.0.0.11'))).toEqual([]);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });

  it('R44: one to the metadata service is seen, also when it is over before the next look', async () => {
    await lab.sh('docker run -d --name cloud --network none --cap-add NET_ADMIN $B');
    await lab.sh(`docker exec cloud sh -c 'ip addr add 169.254.169.254/32 dev lo'
      docker exec -d cloud httpd -f -p 169.254.169.254:80`);
    const { find } = await watch();
    await find({ name: 'cloud', direction: 'listen', port: 80 });
    await lab.sh('docker exec cloud sh -c "echo | nc -w 1 169.254.169.254 80" || true');
    expect(await find({ name: 'cloud', direction: 'egress', port: 80 })).toMatchObject({
      destination: { ip: '169.254.169.254', scope: 'link-local' },
    });
  });

  it('that begin after the first look are there for the first time, exposed or not; the gateway is the host', async () => {
    await lab.sh(`docker run -d --name late --network front --expose 7010 $B sleep 600
      docker run -d --name hosted --network host $B httpd -f -p 7012`);
    const { seen, find } = await watch();
    // The first look is over once what was there is told.
    expect((await find({ name: 'hosted', direction: 'listen', port: 7012 })).network?.first_time).toBe(false);
    await lab.sh('docker exec -d late httpd -f -p 7010');
    await lab.sh('docker exec -d late nc -l -p 7011 -e cat');
    expect((await find({ name: 'late', direction: 'listen', port: 7010 })).network).toMatchObject({
      exposed: true,
      first_time: true,
    });
    expect((await find({ name: 'late', direction: 'listen', port: 7011 })).network).toMatchObject({
      exposed: false,
      first_time: true,
    });
    await lab.sh(
      `docker exec -d late sh -c "sleep 4 | nc $(docker network inspect -f '{{(index .IPAM.Config 0).Gateway}}' front) 7012"`,
    );
    const contact = await find({ name: 'late', direction: 'egress', port: 7012 });
    expect(contact).toMatchObject({ network: { first_time: true }, destination: { is_host: true } });
    expect(seen.some(({ source }) => source?.is_host === true && source.port === 7012)).toBe(false);
  });

  it('that hang in SYN_SENT are seen', async () => {
    await lab.sh('docker run -d --name knocker --network front $B');
    const { find } = await watch();
    // A neighbour that does not exist answers nothing.
    await lab.sh(
      'docker exec -d knocker sh -c \'nc -w 5 $(ip -4 -o addr show eth0 | sed "s/.*inet \\([0-9]*\\.[0-9]*\\.[0-9]*\\)\\..*/\\1/").77 4444\'',
    );
    expect((await find({ name: 'knocker', direction: 'egress', port: 4444 })).network?.state).toBe('SYN_SENT');
  });

  it('in a shared namespace belong to whose process owns them, on the host’s network to containers only', async () => {
    await lab.sh(`docker run -d --name owner --network front $B
      docker run -d --name guest --network container:owner $B httpd -f -p 7001
      docker run -d --name hosted --network host $B httpd -f -p 7002`);
    const pid = (await lab.sh(`cat ${lab.dir}/run/docker.pid`)).trim();
    // A server of the host itself, in the namespace that the last container is in.
    server = spawn('nsenter', ['-t', pid, '-n', 'busybox', 'httpd', '-f', '-p', '7003'], { stdio: 'ignore' });
    const { seen, find } = await watch();
    await find({ name: 'guest', direction: 'listen', port: 7001 });
    expect((await find({ name: 'hosted', direction: 'listen', port: 7002 })).process?.args?.[0]).toBe('httpd');
    await lab.sh('docker exec -d hosted sh -c "sleep 4 | nc 127.0.0.1 7003"');
    expect((await find({ name: 'hosted', direction: 'egress', port: 7003 })).process?.args?.[0]).toBe('nc');
    expect(seen.filter(({ source }) => source?.port === 7001)).toHaveLength(1);
    expect(seen.filter(({ network, source }) => network?.direction === 'listen' && source?.port === 7003)).toEqual([]);
  });
});

/** What is told of the containers that run now, as it goes on. */
async function readings(): Promise<readonly Observation[]> {
  const containers = await running();
  const seen: Observation[] = [];
  const sensor = createResourcesSensor({
    everyMs: 1_000,
    concurrency: 2,
    client: () => client,
    containers: () => containers,
    host: () => ({ id: 'h', name: 'anchor' }),
    now: Date.now,
  });
  subscription = sensor.observe().subscribe((observation) => seen.push(observation));
  return seen;
}

describe('statistics of real containers', () => {
  it('are shares of what the container may use', async () => {
    await lab.sh(`docker run -d --name busy --network none --cpus 0.2 -m 64m $B sh -c 'while :; do :; done'
      docker run -d --name idle --network front --pids-limit 50 $B`);
    const seen = await readings();
    const of = (name: string) =>
      eventually(() => {
        const found = seen.find(({ container }) => container?.name === name);
        if (found?.resources === undefined) throw new Error(`${name} was not read`);
        return found.resources;
      });
    const [busy, idle] = await Promise.all([of('busy'), of('idle')]);
    expect(busy.cpu_pct_of_quota).toBeGreaterThan(50);
    expect(busy.cpu_pct_of_quota).toBeLessThan(150);
    expect(busy.memory_pct).toBeGreaterThan(0);
    expect(busy.pids).toBe(1);
    expect(busy).not.toHaveProperty('network_rx_bytes');
    expect(busy).not.toHaveProperty('pids_pct');
    expect(idle.cpu_pct_of_quota).toBeLessThan(5);
    expect(idle.network_rx_bytes).toBeGreaterThanOrEqual(0);
    expect(idle).not.toHaveProperty('memory_pct');
    expect(idle).toMatchObject({ pids_pct: 2, pids_10m_times: 1 });
  });

  it('count what is sent, in bytes and in packets', async () => {
    await lab.sh(`docker run -d --name sink --network front $B sh -c 'while :; do nc -l -p 7020 >/dev/null; done'
      docker run -d --name source --network front $B sh -c 'while :; do head -c 200000 /dev/zero | nc sink 7020; sleep 0.2; done'`);
    const seen = await readings();
    const sent = await eventually(() => {
      const found = seen.find(
        ({ container, resources }) => container?.name === 'source' && (resources?.network_tx_10m_bytes ?? 0) > 200_000,
      )?.resources;
      if (found === undefined) throw new Error('nothing was sent');
      return found;
    });
    expect(sent.network_tx_packets_per_s).toBeGreaterThan(0);
    expect(sent.network_tx_packet_bytes).toBeGreaterThan(66);
    expect(sent.network_tx_per_rx_packet).toBeGreaterThan(0);
    expect(sent).not.toHaveProperty('network_tx_times_median');
  });
});
