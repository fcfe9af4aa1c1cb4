import { describe, expect, it } from 'vitest';
import { parseMountinfo } from '../../../../collector/procfs/mountinfo.ts';
import { keysOf, mountDrift } from '../../../../collector/sensors/mounts-drift.ts';
import type { DeclaredMounts } from '../../../../collector/sensors/mounts-explained.ts';
import { madeLater, ordinaryTable, privilegedTable } from '../../../support/mount-tables.ts';

const ordinary: DeclaredMounts = {
  mounts: [
    { destination: '/data', propagation: '' },
    { destination: '/etc/localtime', propagation: 'rprivate' },
  ],
  tmpfs: ['/scratch'],
  privileged: false,
};
const privileged: DeclaredMounts = { mounts: [], tmpfs: [], privileged: true };

const first = (text: string, declared: DeclaredMounts) =>
  mountDrift(parseMountinfo(text), { known: undefined, declared });
/** What is told of a table that was known without the last lines. */
const grown = (text: string, lines: string, declared: DeclaredMounts) =>
  mountDrift(parseMountinfo(`${text}${lines}`), { known: keysOf(parseMountinfo(text)), declared });

describe('what a container starts with', () => {
  it('says nothing: the engine’s own, volumes, tmpfs, masked paths', () => {
    expect(first(ordinaryTable, ordinary)).toEqual([]);
    expect(first(privilegedTable, privileged)).toEqual([]);
  });

  it('may have more that the runtime mounts before the masks, such as drivers', () => {
    const [head = '', tail = ''] = ordinaryTable.split('107 159');
    const driver = '190 158 254:0 /usr/lib/libcuda.so /usr/lib/libcuda.so ro - ext4 /dev/vda rw\n';
    expect(first(`${head}${driver}107 159${tail}`, ordinary)).toEqual([]);
  });

  it('has what lies below a bind mount right behind it', () => {
    const bound = `${privilegedTable}218 198 254:0 / /host rw - ext4 /dev/vda rw\n219 218 254:2 / /host/boot rw - ext4 /dev/vdb rw\n`;
    const declared = { ...privileged, mounts: [{ destination: '/host', propagation: 'rprivate' }] };
    expect(first(bound, declared)).toEqual([]);
    expect(
      first(`${bound}${madeLater.tmpfs}\n220 218 254:3 / /host/new rw - ext4 /dev/vdc rw\n`, declared),
    ).toMatchObject([
      { row: { destination: '/mnt' } },
      { row: { destination: '/host/new', declared: true, when: 'later' } },
    ]);
  });

  it('is told where a mask was bent to a writable file of the kernel (CVE-2025-31133)', () => {
    const bent = ordinaryTable.replace(
      '112 159 0:65 /null /proc/keys rw,nosuid - tmpfs tmpfs',
      '112 159 0:64 /sys/kernel/core_pattern /proc/keys rw,nosuid - proc proc',
    );
    expect(first(bent, ordinary)).toMatchObject([
      {
        action: 'mount',
        row: { destination: '/proc/keys', root: '/sys/kernel/core_pattern', when: 'start', rw: true },
      },
    ]);
  });

  it('is told of lxcfs that may be written, although it was asked for', () => {
    const lxcfs = ordinaryTable.replace(
      '175 158 254:0 /d/volumes/v1/_data /data rw,relatime master:4 - ext4 /dev/vda',
      '175 158 0:50 / /data rw,relatime master:4 - fuse.lxcfs lxcfs',
    );
    expect(first(lxcfs, ordinary)).toMatchObject([{ row: { fstype: 'fuse.lxcfs', declared: true, when: 'start' } }]);
    expect(first(lxcfs.replace('/data rw', '/data ro'), ordinary)).toEqual([]);
  });
});

describe('what was mounted later', () => {
  it.each(Object.entries(madeLater))('is told: %s', (_, line) => {
    const [drift, ...rest] = grown(privilegedTable, line, privileged);
    expect(rest).toEqual([]);
    expect(drift).toMatchObject({ action: 'mount', row: { when: 'later', declared: false } });
    // The same is found by who sees the container for the first time.
    expect(first(`${privilegedTable}${line}`, privileged)).toEqual([drift]);
  });

  it('is of a disk of the host or not, and new to the container or not', () => {
    const row = (line: string) => grown(privilegedTable, line, privileged)[0]?.row;
    expect(row(madeLater.disk)).toMatchObject({ host_disk: true, rebind: false, root: '/' });
    expect(row(madeLater.bind)).toMatchObject({ host_disk: false, rebind: true });
    expect(row(madeLater.tmpfs)).toMatchObject({ host_disk: false, rebind: false, source: 'x' });
    expect(row('1 198 0:90 / /b rw - btrfs /dev/sdb rw')?.host_disk).toBe(true);
    expect(row('1 198 7:0 / /b rw - ext4 /dev/loop0 rw')?.host_disk).toBe(false);
  });

  it('is a part of what is there when it lies below it, by whole names', () => {
    const lines = ['/v/ab', '/v/a', '/v/a/b', '/v', '/'].map(
      (root, at) => `${300 + at} 198 0:90 ${root} /b${at} rw - btrfs x rw`,
    );
    const drifts = first(`${privilegedTable}${lines.join('\n')}`, privileged);
    expect(drifts.map(({ row }) => row.rebind)).toEqual([false, false, true, false, false]);
  });

  it('over a mount of the runtime is somebody else’s', () => {
    const over = '230 158 0:99 / /proc rw - proc proc rw';
    expect(first(`${ordinaryTable}${over}`, ordinary)).toMatchObject([
      { row: { destination: '/proc', when: 'later' } },
    ]);
  });

  it('and came from the host through a bind mount that follows it says nothing', () => {
    const declared = { ...privileged, mounts: [{ destination: '/host', propagation: 'rslave' }] };
    const bound = `${privilegedTable}218 198 254:0 / /host rw master:1 - ext4 /dev/vda rw\n`;
    expect(grown(bound, '230 218 254:2 / /host/usb rw master:9 - ext4 /dev/vdb rw', declared)).toEqual([]);
    expect(grown(bound, '230 218 254:2 / /host/usb rw - ext4 /dev/vdb rw', declared)).toHaveLength(1);
    expect(grown(bound, '230 198 254:2 / /usb rw master:9 - ext4 /dev/vdb rw', declared)).toHaveLength(1);
  });

  it('that is made writable again is told as such, one made read-only is not', () => {
    const change = (from: string, to: string) =>
      mountDrift(parseMountinfo(ordinaryTable.replace(from, to)), {
        known: keysOf(parseMountinfo(ordinaryTable)),
        declared: ordinary,
      });
    expect(change('/proc/sys ro', '/proc/sys rw')).toMatchObject([
      { action: 'remount', row: { destination: '/proc/sys', rw: true } },
    ]);
    expect(change('/data rw', '/data ro')).toEqual([]);
  });

  it('whose source is deleted on the host is the same mount, another one in its place is not', () => {
    const socket = (root: string) => `${ordinaryTable}301 198 254:0 ${root} /run/docker.sock rw - ext4 /dev/vda rw\n`;
    const drift = (text: string) =>
      mountDrift(parseMountinfo(text), {
        known: keysOf(parseMountinfo(socket('/run/docker.sock'))),
        declared: ordinary,
      });
    expect(drift(socket('/run/docker.sock//deleted'))).toEqual([]);
    expect(drift(socket('/etc'))).toHaveLength(1);
  });

  it('that shows the same at the same place once more says nothing, unless it can be written now', () => {
    const same = '390 150 254:0 /d/volumes/v1/_data /data rw master:9 - ext4 /dev/vda rw';
    expect(grown(ordinaryTable, same, ordinary)).toEqual([]);
    expect(grown(ordinaryTable, same.replace('_data /data', 'other /data'), ordinary)).toHaveLength(1);
    expect(grown(ordinaryTable.replace('/data rw', '/data ro'), same, ordinary)).toHaveLength(1);
  });

  it('that the host slides below one that is known says nothing: that one gets another parent', () => {
    const known = keysOf(parseMountinfo(ordinaryTable));
    const own = ordinaryTable.split('\n').find((line) => line.includes(' /data ')) ?? '';
    const slid = own.replace(/^\d+/, '390');
    const moved = own.replace(/^(\d+) \d+/, '$1 390');
    const table = ordinaryTable.replace(own, `${slid}\n${moved}`);
    expect(mountDrift(parseMountinfo(table), { known, declared: ordinary })).toEqual([]);
  });
});
