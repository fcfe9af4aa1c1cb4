import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StatsBody } from '../../../../collector/engine/inspect-types.ts';
import { createResourceHistory } from '../../../../collector/sensors/resource-history.ts';
import { createResourcesSensor, resourceFacts } from '../../../../collector/sensors/resources.ts';
import type { ResourceFacts } from '../../../../shared/observation.ts';
import { firstOf, swept } from '../../../support/collector/sweeps.ts';

const MiB = 2 ** 20;
const noLimits = { nanoCpus: 0, memoryLimit: 0 };
const cpu = (used: number, system: number): StatsBody => ({
  cpu_stats: { cpu_usage: { total_usage: used }, system_cpu_usage: system, online_cpus: 4 },
});

describe('what a container uses', () => {
  it('is a share of all cores, or of its quota', () => {
    // One of four cores for the whole time.
    const [last, now] = [cpu(0, 0), cpu(1e9, 4e9)];
    expect(resourceFacts(last, now, noLimits).cpu_pct_of_quota).toBe(25);
    expect(resourceFacts(last, now, { ...noLimits, nanoCpus: 2e9 }).cpu_pct_of_quota).toBe(50);
  });

  it('is nothing when the counters went back or stand still', () => {
    expect(resourceFacts(cpu(5e9, 5e9), cpu(1e9, 9e9), noLimits).cpu_pct_of_quota).toBe(0);
    expect(resourceFacts(cpu(1, 1), cpu(1, 1), noLimits).cpu_pct_of_quota).toBe(0);
    expect(resourceFacts({}, {}, noLimits)).toEqual({
      cpu_pct_of_quota: 0,
      memory_bytes: 0,
      pids: 0,
      block_read_bytes: 0,
      block_write_bytes: 0,
    });
  });

  it('is memory without the cache, in both cgroup versions', () => {
    const memory = (stats: Record<string, number>): StatsBody => ({ memory_stats: { usage: 64 * MiB, stats } });
    const facts = resourceFacts({}, memory({ inactive_file: 32 * MiB }), { nanoCpus: 0, memoryLimit: 128 * MiB });
    expect(facts).toMatchObject({ memory_bytes: 32 * MiB, memory_pct: 25 });
    const v1 = memory({ total_inactive_file: 16 * MiB, inactive_file: 1 });
    expect(resourceFacts({}, v1, noLimits).memory_bytes).toBe(48 * MiB);
    expect(resourceFacts({}, v1, noLimits).memory_pct).toBeUndefined();
  });

  it('adds up interfaces and disks, and leaves out the network that the engine does not count', () => {
    const now: StatsBody = {
      networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
      blkio_stats: {
        io_service_bytes_recursive: [
          { op: 'Read', value: 5 },
          { op: 'write', value: 7 },
          { op: 'Total', value: 12 },
        ],
      },
      pids_stats: { current: 3 },
    };
    expect(resourceFacts({}, now, noLimits)).toMatchObject({
      network_rx_bytes: 11,
      network_tx_bytes: 22,
      block_read_bytes: 5,
      block_write_bytes: 7,
      pids: 3,
    });
    expect(resourceFacts({}, {}, noLimits)).not.toHaveProperty('network_rx_bytes');
  });
});

describe('the trend', () => {
  const minute = 60_000;
  const facts = (more: Partial<ResourceFacts> = {}): ResourceFacts => ({
    cpu_pct_of_quota: 0,
    memory_bytes: 0,
    pids: 1,
    block_read_bytes: 0,
    block_write_bytes: 0,
    ...more,
  });
  /** A reading a minute; the trend of the last. */
  const trendAfter = (
    minutes: number,
    of: (minute: number) => Partial<ResourceFacts>,
    history = createResourceHistory(),
  ) => {
    let trend = {};
    for (let i = 0; i <= minutes; i++) trend = history.take({ at: i * minute, facts: facts(of(i)), pidsLimit: 0 });
    return trend;
  };

  it('of the CPU is there after ten minutes, and says how flat it is', () => {
    const flat = () => ({ cpu_pct_of_quota: 97 });
    expect(trendAfter(9, flat)).not.toHaveProperty('cpu_10m_min');
    expect(trendAfter(10, flat)).toMatchObject({ cpu_10m_min: 97, cpu_10m_variation: 0 });
    // Alternating 50 and 150: mean 100, every reading 50 away. Eleven readings, six of them 50.
    const uneven = trendAfter(10, (i) => ({ cpu_pct_of_quota: i % 2 === 0 ? 50 : 150 }));
    expect(uneven).toMatchObject({ cpu_10m_min: 50, cpu_10m_variation: 0.52 });
    // What was before the ten minutes does not count.
    expect(trendAfter(30, (i) => ({ cpu_pct_of_quota: i < 15 ? 1 : 95 }))).toMatchObject({ cpu_10m_min: 95 });
  });

  it('of what is sent is a multiple of what is usual, once an hour is known', () => {
    const usual = (i: number) => ({ network_tx_bytes: i * MiB, network_rx_bytes: i * 2 * MiB });
    expect(trendAfter(59, usual)).not.toHaveProperty('network_tx_times_median');
    expect(trendAfter(61, usual)).toMatchObject({
      network_tx_10m_bytes: 10 * MiB,
      network_tx_times_median: 1,
      network_tx_flipped: false,
    });
    const surge = (i: number) => ({ ...usual(i), network_tx_bytes: (i + (i > 65 ? 200 : 0)) * MiB });
    expect(trendAfter(66, surge)).toMatchObject({ network_tx_10m_bytes: 210 * MiB, network_tx_times_median: 21 });
    expect(trendAfter(66, surge)).toMatchObject({ network_tx_flipped: true });
  });

  it('is no flip for what always sends more than it receives', () => {
    const serving = (i: number) => ({
      network_tx_bytes: (i * 2 + (i > 65 ? 200 : 0)) * MiB,
      network_rx_bytes: i * MiB,
    });
    expect(trendAfter(66, serving)).toMatchObject({ network_tx_flipped: false });
  });

  it('of next to nothing is not many times nothing', () => {
    const quiet = (i: number) => ({ network_tx_bytes: i > 65 ? 3 * MiB : 0, network_rx_bytes: 0 });
    expect(trendAfter(66, quiet)).toMatchObject({ network_tx_times_median: 3 });
  });

  it('begins anew when the counters do, and after a silence', () => {
    const history = createResourceHistory();
    trendAfter(20, (i) => ({ network_tx_bytes: i * MiB, block_write_bytes: i * MiB }), history);
    const restarted = { at: 21 * minute, facts: facts({ network_tx_bytes: 5 }), pidsLimit: 0 };
    expect(history.take(restarted)).toMatchObject({ network_tx_10m_bytes: 0, block_write_10m_bytes: 0 });
    const later = { at: 90 * minute, facts: facts({ network_tx_bytes: 900 * MiB }), pidsLimit: 0 };
    expect(history.take(later)).toMatchObject({ network_tx_10m_bytes: 0 });
  });

  it('of processes is by their lowest number, and by the limit where there is one', () => {
    const history = createResourceHistory();
    history.take({ at: 0, facts: facts({ pids: 20 }), pidsLimit: 0 });
    expect(history.take({ at: 1, facts: facts({ pids: 2_000 }), pidsLimit: 4_000 })).toMatchObject({
      pids_10m_times: 100,
      pids_pct: 50,
    });
    expect(history.take({ at: 2, facts: facts({ pids: 2_000 }), pidsLimit: 0 })).not.toHaveProperty('pids_pct');
  });

  it('of packets is their rate, size and share between two readings', () => {
    const history = createResourceHistory();
    const at = (ms: number, tx: number, rx: number, bytes: number) =>
      history.take({ at: ms, facts: facts({ network_tx_bytes: bytes }), packets: { tx, rx }, pidsLimit: 0 });
    expect(at(0, 100, 100, 0)).not.toHaveProperty('network_tx_packets_per_s');
    expect(at(10_000, 200_100, 100, 12_000_000)).toMatchObject({
      network_tx_packets_per_s: 20_000,
      network_tx_packet_bytes: 60,
      network_tx_per_rx_packet: 200_000,
    });
    expect(at(20_000, 200_100, 100, 12_000_000)).not.toHaveProperty('network_tx_packet_bytes');
  });

  it('keeps no more than ten minutes and a day, however often it is asked', () => {
    const history = createResourceHistory();
    let trend = {};
    for (let i = 0; i < 20_000; i++)
      trend = history.take({ at: i * 100, facts: facts({ block_write_bytes: i }), pidsLimit: 0 });
    expect(trend).toMatchObject({ block_write_10m_bytes: 599 });
  });
});

describe('the resources sensor', () => {
  it('asks every container, never more at a time than allowed, and tells from the second reading on', async () => {
    let running = 0;
    let most = 0;
    let asked = 0;
    const stats = async (): Promise<StatsBody> => {
      running += 1;
      most = Math.max(most, running);
      asked += 1;
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      return cpu(asked * 1e9, asked * 4e9);
    };
    const containers = ['a', 'b', 'c', 'd', 'e'].map((id) => swept(id, 1));
    const sensor = createResourcesSensor({
      everyMs: 5,
      concurrency: 2,
      client: () => ({ stats }),
      containers: () => containers,
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => 1_000,
    });
    const found = await firstOf(sensor, 5);
    expect(new Set(found.map(({ container }) => container?.id))).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
    expect(found[0]).toMatchObject({ kind: 'resources', event: { source: 'stats' }, at: 1_000 });
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThanOrEqual(2);
  });

  it('counts packets of all interfaces, and tells the trend with the reading', async () => {
    let asked = 0;
    const stats = async (): Promise<StatsBody> => {
      asked += 1;
      const counters = { tx_bytes: asked * 60, tx_packets: asked, rx_packets: asked };
      return { ...cpu(asked, asked), networks: { eth0: counters, eth1: counters } };
    };
    const sensor = createResourcesSensor({
      everyMs: 2,
      concurrency: 1,
      client: () => ({ stats }),
      containers: () => [{ ...swept('web', 1), pidsLimit: 10 }],
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => asked * 1_000,
    });
    const found = await firstOf(sensor, 2);
    expect(found[1]?.resources).toMatchObject({
      pids_pct: 0,
      network_tx_10m_bytes: 120,
      network_tx_packets_per_s: 2,
      network_tx_packet_bytes: 60,
      network_tx_per_rx_packet: 1,
    });
  });

  it('says which reading is the first of a day, where one on another day came before', async () => {
    const day = 24 * 3_600_000;
    const times = [day - 3, day - 2, day - 1, day + 3_600_000, day + 2, 2 * day + 5];
    let asked = 0;
    const sensor = createResourcesSensor({
      everyMs: 2,
      concurrency: 1,
      client: () => ({ stats: async () => cpu(1, 1) }),
      containers: () => [swept('web', 1)],
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => times[asked++] ?? 0,
    });
    const found = await firstOf(sensor, 5);
    expect(found.map(({ resources }) => resources?.first_of_day)).toEqual([
      undefined,
      undefined,
      true,
      undefined,
      true,
    ]);
    expect(found[0]?.resources).not.toHaveProperty('first_of_day');
  });

  it('goes on when the engine does not answer for one', async () => {
    const stats = async (id: string): Promise<StatsBody> => {
      if (id === 'broken') throw new Error('timeout');
      return cpu(1, 1);
    };
    const sensor = createResourcesSensor({
      everyMs: 2,
      concurrency: 2,
      client: () => ({ stats }),
      containers: () => [swept('broken', 1), swept('well', 1)],
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => 1_000,
    });
    expect((await firstValueFrom(sensor.observe())).container?.id).toBe('well');
  });
});
