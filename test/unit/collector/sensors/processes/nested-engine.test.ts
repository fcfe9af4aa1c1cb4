import { describe, expect, it } from 'vitest';
import { type MountLine, parseMountinfo } from '../../../../../collector/procfs/mountinfo.ts';
import { processFacts } from '../../../../../collector/sensors/processes/facts.ts';
import { createRedactor } from '../../../../../shared/redact.ts';
import { lookOf, viewOf } from '../../../../support/collector/process-look.ts';

const file = (device: string) => ({ device, inode: '7', changedAt: 8_000, kind: 'file' }) as const;
/** A process in a mount namespace of its own, whose root and program lie on that device. */
const nested = lookOf({
  mounted: 'foreign',
  root: { ...file('0:80'), kind: 'directory' },
  executable: { path: '/bin/sleep', deleted: false, identity: file('0:80'), mounted: 'foreign' },
});
const view = viewOf({});
const mounted = (type: string): readonly MountLine[] => [
  ...view.mounts,
  ...parseMountinfo(`9 1 0:80 / /var/lib/docker/overlay2/x/merged rw - ${type} ${type} rw\n`),
];
const factsWith = (type: string, hosts: readonly string[]) => {
  const { root_place, exe } = processFacts(
    nested,
    { ...view, mounts: mounted(type), host: { ...view.host, devices: new Set(hosts) } },
    createRedactor('key'),
  );
  return { root_place, layer: exe?.layer };
};

describe('Docker in Docker', () => {
  it('layers that the engine inside put together are of the container, not of the host or a volume', () => {
    expect(factsWith('overlay', ['8:1'])).toEqual({ root_place: 'inside', layer: 'unknown' });
  });

  it.each([
    ['a host whose own file system are layers', 'overlay', ['8:1', '0:80']],
    ['a host whose mounts are not known', 'overlay', []],
    ['another file system', 'ext4', ['8:1']],
  ])('%s that is mounted there is a mount', (_case, type, hosts) => {
    expect(factsWith(type, hosts)).toEqual({ root_place: 'mount', layer: 'volume' });
  });
});
