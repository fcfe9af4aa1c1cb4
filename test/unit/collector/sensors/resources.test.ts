import { firstValueFrom, take, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { StatsBody } from '../../../../collector/engine/inspect-types.ts';
import { createResourcesSensor, resourceFacts } from '../../../../collector/sensors/resources.ts';
import type { SweptContainer } from '../../../../collector/sweeps.ts';

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

const swept = (id: string): SweptContainer => ({
  id,
  pid: 1,
  startedAt: 0,
  hostNetwork: false,
  ...noLimits,
  at: () => ({
    container: { id, name: id, image: { name: 'i', id: 'i', registry: 'r', repository: 'r/i' } },
    workload: { id: 'w', name: 'w' },
  }),
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
    const containers = ['a', 'b', 'c', 'd', 'e'].map(swept);
    const sensor = createResourcesSensor({
      everyMs: 5,
      concurrency: 2,
      client: () => ({ stats }),
      containers: () => containers,
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => 1_000,
    });
    const found = await firstValueFrom(sensor.observe().pipe(take(5), toArray()));
    expect(new Set(found.map(({ container }) => container?.id))).toEqual(new Set(['a', 'b', 'c', 'd', 'e']));
    expect(found[0]).toMatchObject({ kind: 'resources', event: { source: 'stats' }, at: 1_000 });
    expect(asked).toBeGreaterThanOrEqual(10);
    expect(most).toBeLessThanOrEqual(2);
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
      containers: () => [swept('broken'), swept('well')],
      host: () => ({ id: 'h', name: 'anchor' }),
      now: () => 1_000,
    });
    expect((await firstValueFrom(sensor.observe())).container?.id).toBe('well');
  });
});
