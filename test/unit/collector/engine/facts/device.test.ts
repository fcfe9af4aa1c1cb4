import { describe, expect, it } from 'vitest';
import { deviceFacts, isDangerousRule } from '../../../../../collector/engine/facts/device.ts';
import type { HostPath } from '../../../../../collector/engine/facts/host-path.ts';

const node = (type: 'block' | 'char', major: number, minor: number): HostPath => ({
  real: '/dev/x',
  resolved: true,
  type,
  identity: '5:9',
  major,
  minor,
});
const classOf = (path: HostPath) => deviceFacts({ PathOnHost: '/dev/innocent' }, path).class;
const byName = (PathOnHost: string) => deviceFacts({ PathOnHost }, { real: PathOnHost, resolved: false }).class;

describe('devices (CFG-40)', () => {
  it.each([
    [node('block', 8, 0), 'disk'],
    [node('block', 253, 0), 'disk'],
    [node('char', 21, 0), 'disk'],
    [node('char', 1, 1), 'mem'],
    [node('char', 1, 2), 'kmem'],
    [node('char', 1, 4), 'port'],
    [node('char', 1, 11), 'kmsg'],
    [node('char', 10, 237), 'loop-control'],
    [node('char', 10, 236), 'mapper'],
    [node('char', 10, 232), 'kvm'],
    [node('char', 10, 238), 'vhost'],
    [node('char', 10, 229), 'fuse'],
    [node('char', 10, 200), 'tun'],
    [node('char', 116, 3), 'snd'],
    [node('char', 226, 128), 'dri'],
    [node('char', 1, 3), 'other'],
  ])('are what their numbers say, whatever they are called: %j', (path, expected) => {
    expect(classOf(path)).toBe(expected);
  });

  it.each([
    ['/dev/sda', 'disk'],
    ['/dev/nvme0n1', 'disk'],
    ['/dev/mapper/root', 'mapper'],
    ['/dev/mem', 'mem'],
    ['/dev/snd', 'snd'],
    ['/dev/dri/card0', 'dri'],
    ['/dev/net/tun', 'tun'],
    ['/dev', 'disk'],
    ['/dev/disk/by-id/x', 'disk'],
    ['/dev/ttyUSB0', 'other'],
    ['/dev/sound', 'other'],
  ])('are judged by name where the host cannot be asked: %s', (path, expected) => {
    expect(byName(path)).toBe(expected);
  });

  it('of a directory are judged by the worst node in it', () => {
    const nodes = [
      { type: 'char', major: 1, minor: 3 },
      { type: 'char', major: 10, minor: 229 },
      { type: 'block', major: 8, minor: 0 },
    ] as const;
    const path: HostPath = { real: '/srv/d', resolved: true, type: 'directory', nodes };
    expect(deviceFacts({ PathOnHost: '/srv/d' }, path)).toEqual({
      path: '/srv/d',
      path_in_container: '/srv/d',
      permissions: 'rwm',
      resolved: true,
      class: 'disk',
    });
    expect(classOf({ ...path, nodes: nodes.slice(0, 2) })).toBe('fuse');
    expect(classOf({ ...path, nodes: [] })).toBe('other');
  });

  it('say nothing of numbers when they could not be looked at', () => {
    expect(deviceFacts({ PathOnHost: '/dev/sda', PathInContainer: '', CgroupPermissions: '' }, undefined)).toEqual({
      path: '/dev/sda',
      path_in_container: '/dev/sda',
      permissions: 'rwm',
      resolved: false,
      class: 'disk',
    });
  });
});

describe('device cgroup rules (CFG-41)', () => {
  it.each(['b *:* rwm', 'b 8:* rw', 'b 259:0 r', 'a *:* rwm', 'c 1:1 r', 'c 1:* rwm', 'c *:* w', '  b  8:0  r'])(
    '%s is dangerous',
    (rule) => {
      expect(isDangerousRule(rule)).toBe(true);
    },
  );

  it.each(['c 188:* rmw', 'c 1:3 rwm', 'c 10:200 rwm', 'nonsense', ''])('%s is not', (rule) => {
    expect(isDangerousRule(rule)).toBe(false);
  });
});
