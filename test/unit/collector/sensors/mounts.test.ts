import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMountsSensor, type MountsOptions } from '../../../../collector/sensors/mounts.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { firstOf, restless, swept } from '../../../support/collector/sweeps.ts';
import { madeLater, privilegedTable } from '../../../support/mount-tables.ts';
import { fakeProcfs } from '../../../support/procfs.ts';

let host: ReturnType<typeof fakeProcfs>;
beforeEach(() => {
  host = fakeProcfs();
});
afterEach(() => host.remove());

const web = swept('web', 10);

const sensor = (more: Partial<MountsOptions> = {}) =>
  createMountsSensor({
    procfs: host.procfs,
    ...restless,
    containers: () => [web],
    declared: () => ({ mounts: [], tmpfs: [], privileged: true }),
    now: () => 2_000.5,
    ...more,
  });

const observed = (count: number, more: Partial<MountsOptions> = {}) => firstOf(sensor(more), count);

/** Adds lines to the table one look after another: the container is asked for once in each. */
function growing(...lines: readonly string[]) {
  let table = privilegedTable;
  const left = [...lines];
  host.addProcess({ pid: 10, container: 'web' });
  host.setMounts(10, table);
  return () => {
    const line = left.shift();
    if (line === undefined) return [web];
    table = `${table}${line}\n`;
    host.setMounts(10, table);
    return [web];
  };
}

describe('the mounts sensor', () => {
  it('tells a mount that was made while it looked', async () => {
    expect(await observed(1, { containers: growing('', madeLater.tmpfs) })).toMatchObject([
      {
        kind: 'syscall',
        at: 2_000,
        event: { source: 'procfs', action: 'mount' },
        host: { id: 'h' },
        container: { id: 'web' },
        workload: { id: 'w' },
        mount_row: { destination: '/mnt', fstype: 'tmpfs', source: 'x', when: 'later' },
      },
    ]);
  });

  it('tells each once, and gives it the same id after a restart', async () => {
    const found = await observed(2, { containers: growing('', madeLater.tmpfs, '', madeLater.cgroup) });
    expect(found.map(({ mount_row }) => mount_row?.fstype)).toEqual(['tmpfs', 'cgroup']);
    const again = await observed(2);
    expect(again.map(({ id }) => id)).toEqual(found.map(({ id }) => id));
    expect(new Set(found.map(({ id }) => id)).size).toBe(2);
  });

  it('of very many tells the most telling ones, and says how many there were', async () => {
    const many = Array.from({ length: 99 }, (_, index) => `${300 + index} 198 0:9 / /m/${index} rw - tmpfs t rw`);
    const found = await observed(64, { containers: growing('', [...many, madeLater.disk].join('\n')) });
    expect(found[0]?.mount_row).toMatchObject({ host_disk: true, untold: 36 });
    expect(found.slice(1).every(({ mount_row }) => mount_row?.fstype === 'tmpfs' && !('untold' in mount_row))).toBe(
      true,
    );
  });

  it.each([
    ['rows', 21_000, 'm'],
    ['bytes', 5_000, 'm'.repeat(1_000)],
  ])('says so once when a table has more %s than are read', async (_what, count, name) => {
    const row = (index: number) => `${300 + index} 198 0:9 / /${name}/${index} rw - tmpfs t rw`;
    const many = Array.from({ length: count }, (_, index) => row(index)).join('\n');
    const grow = growing(many, row(count), madeLater.disk);
    const seen: Observation[] = [];
    let turns = 0;
    const containers = () => {
      turns += 1;
      return grow();
    };
    const subscription = sensor({ containers })
      .observe()
      .subscribe((one) => seen.push(one));
    await vi.waitFor(() => expect(turns).toBeGreaterThan(6), { timeout: 20_000 });
    subscription.unsubscribe();
    const gaps = seen.flatMap(({ gap, container }) => (gap === undefined ? [] : [[gap.reason, container?.id]]));
    expect(gaps).toEqual([['too-many-mounts', 'web']]);
    expect(seen.some(({ mount_row }) => mount_row?.host_disk)).toBe(false);
  });

  it('does not believe the table of a pid that is another’s by now', async () => {
    const [mine, other] = ['a'.repeat(64), 'b'.repeat(64)];
    host.addProcess({ pid: 10, container: other });
    host.setMounts(10, `${privilegedTable}${madeLater.disk}`);
    host.addProcess({ pid: 20, container: mine });
    host.setMounts(20, `${privilegedTable}${madeLater.tmpfs}`);
    const containers = () => [
      { ...web, id: mine },
      { ...web, id: mine, pid: 20 },
    ];
    expect(await observed(1, { containers })).toMatchObject([{ mount_row: { fstype: 'tmpfs' } }]);
  });

  it('looks at once at a quiet container in which something began', async () => {
    const stirred$ = new Subject<string>();
    const old = { ...web, startedAt: -1_000_000 };
    const grow = growing('', '', madeLater.tmpfs, '', '');
    let turns = 0;
    const containers = () => {
      grow();
      turns += 1;
      if (turns === 5) stirred$.next('web');
      return [old];
    };
    await observed(1, { containers, stirred$, slowMs: 100_000, now: () => 200_000 });
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('says why it cannot work', async () => {
    expect(await sensor({ procfs: '' }).available()).toContain('engine.procfs is empty: no mounts are seen');
  });
});
