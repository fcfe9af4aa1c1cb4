import { describe, expect, it } from 'vitest';
import { hiddenSources } from '../../../../../collector/engine/facts/hidden.ts';

const host = (path: string, rw = true) => [{ kind: 'host', path, rw }];

/** Each of these was mounted on the lab engine and showed what is said here. */
describe('host paths hidden in volume options (N2)', () => {
  it.each([
    [{ type: 'none', o: 'bind', device: '/' }],
    [{ type: 'tmpfs', o: 'bind', device: '/' }],
    [{ type: 'nfs', o: 'addr=10.0.0.1,rbind', device: '/' }],
    [{ o: 'bind,noexec', device: '/' }],
    [{ type: 'none', device: '/' }],
  ])('are seen whatever type stands beside bind: %j', (options) => {
    expect(hiddenSources(options)).toEqual(host('/'));
  });

  it('are paths, not servers, when they are bound', () => {
    expect(hiddenSources({ type: 'none', o: 'bind', device: '//etc' })).toEqual(host('//etc'));
    expect(hiddenSources({ type: 'none', o: 'bind', device: 'a:/b' })).toEqual(host('/a:/b'));
    expect(hiddenSources({ type: 'none', o: 'bind', device: 'etc' })).toEqual(host('/etc'));
  });

  it('are read-only when the last word says so', () => {
    expect(hiddenSources({ o: 'rbind,ro', device: '/x' })).toEqual(host('/x', false));
    expect(hiddenSources({ o: 'ro,bind,rw', device: '/x' })).toEqual(host('/x'));
  });

  it('are the kernel’s own file systems, whatever the device is called', () => {
    expect(hiddenSources({ type: 'proc', device: 'x' })).toEqual([
      { kind: 'host', path: '/proc', rw: true, fstype: 'proc' },
    ]);
    expect(hiddenSources({ type: 'devtmpfs', device: 'x' })).toMatchObject([{ path: '/dev' }]);
    expect(hiddenSources({ type: 'cgroup', o: 'memory', device: 'x' })).toMatchObject([{ path: '/sys/fs/cgroup' }]);
  });

  it('are all layers of an overlay', () => {
    const o = 'lowerdir=/empty:/etc,upperdir=/up,workdir=/work';
    expect(hiddenSources({ type: 'overlay', device: 'overlay', o })).toEqual([
      ...host('/empty'),
      ...host('/etc'),
      ...host('/up'),
    ]);
  });

  it('are block devices', () => {
    expect(hiddenSources({ type: 'ext4', device: '/dev/sda1' })).toEqual(host('/dev/sda1'));
    expect(hiddenSources({ type: 'ext4', device: '//dev/sda1' })).toEqual(host('//dev/sda1'));
  });

  it('are mount points of other drivers', () => {
    expect(hiddenSources({ mountpoint: '/srv/data' })).toEqual(host('/srv/data'));
  });

  it('are not servers, memory or plain volumes', () => {
    expect(hiddenSources({ type: 'nfs', o: 'addr=10.0.0.1', device: ':/exports' })).toEqual([
      { kind: 'network', address: ':/exports' },
    ]);
    expect(hiddenSources({ type: 'cifs', o: 'username=u', device: '//nas/share' })).toEqual([
      { kind: 'network', address: '//nas/share' },
    ]);
    expect(hiddenSources({ type: 'tmpfs', device: 'tmpfs', o: 'size=1m' })).toEqual([]);
    expect(hiddenSources({})).toEqual([]);
    expect(hiddenSources(null)).toEqual([]);
  });
});
