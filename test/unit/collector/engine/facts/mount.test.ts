import { describe, expect, it } from 'vitest';
import type { HostPath } from '../../../../../collector/engine/facts/host-path.ts';
import { donorsOf, mountFacts, pathsOf, requestedMounts } from '../../../../../collector/engine/facts/mount.ts';
import type { ContainerInspect, VolumeInspect } from '../../../../../collector/engine/inspect-types.ts';
import { containerWith, recorded } from '../../../../support/inspect.ts';

interface Answers {
  readonly volumes?: Readonly<Record<string, VolumeInspect>>;
  readonly donors?: Readonly<Record<string, ContainerInspect>>;
  readonly paths?: readonly (readonly [string, HostPath])[];
  readonly sockets?: readonly { path: string; identity?: string }[];
}

function mountsOf(inspect: ContainerInspect, { volumes = {}, donors = {}, paths = [], sockets = [] }: Answers = {}) {
  const sources = { volumes: new Map(Object.entries(volumes)), donors: new Map(Object.entries(donors)) };
  return requestedMounts(inspect, sources).map((mount) => mountFacts(mount, { paths: new Map(paths), sockets }));
}

const volumeContainer = (options: Record<string, string>) =>
  [
    containerWith(
      {},
      { Mounts: [{ Type: 'volume', Name: 'v', Source: '/data/v/_data', Destination: '/v', RW: true }] },
    ),
    { volumes: { v: { Options: options } } },
  ] as const;

describe('mounts (N1)', () => {
  it('of the host’s root are the root, however it is written (R07)', () => {
    const mounts = mountsOf(recorded('host-root').container);
    expect(mounts.map(({ source_real, rw, covers_socket }) => [source_real, rw, covers_socket])).toEqual([
      ['/', true, true],
      ['/', true, true],
      ['/', false, true],
    ]);
  });

  it('of the engine’s socket are one (R04)', () => {
    const [mount] = mountsOf(recorded('socket-bind').container);
    expect(mount).toMatchObject({ destination: '/var/run/docker.sock', is_runtime_socket: true, resolved: false });
  });

  it('show what a named volume hides (R08): root, one level above the worst', () => {
    const { container, volume } = recorded('hidden-root');
    const [mount] = mountsOf(container, { volumes: { 'lab-v8': volume } });
    expect(mount).toMatchObject({ type: 'volume', volume: 'lab-v8', hidden_source: '/', hidden_severity: 'critical' });
    expect(mountsOf(container)[0]?.hidden_source).toBeUndefined();
  });

  it('show what the request of an anonymous volume hides, without asking for the volume', () => {
    const [mount] = mountsOf(recorded('hidden-inline').container);
    expect(mount).toMatchObject({ hidden_source: '/etc', hidden_severity: 'critical', destination: '/x' });
  });

  it.each([
    [{ o: 'bind', device: '/srv/data' }, 'low'],
    [{ o: 'bind,ro', device: '/etc/nginx' }, 'high'],
    [{ o: 'bind,ro', device: '/' }, 'critical'],
    [{ o: 'bind,ro', device: '/var/run/docker.sock' }, 'critical'],
    [{ o: 'bind,ro', device: '/root/.ssh' }, 'critical'],
    [{ o: 'bind,ro', device: '/sys' }, 'high'],
    [{ type: 'proc', device: 'proc' }, 'critical'],
    [{ type: 'ext4', device: '/dev/sda1' }, 'critical'],
    [{ type: 'nfs', device: ':/exports', o: 'addr=10.0.0.1' }, 'informational'],
    [{ type: 'overlay', device: 'overlay', o: 'lowerdir=/empty:/root' }, 'critical'],
  ])('judge %j as %s (MNT-06)', (options, severity) => {
    const [inspect, answers] = volumeContainer(options);
    expect(mountsOf(inspect, answers)[0]?.hidden_severity).toBe(severity);
  });

  it('of a volume mounted read-only cannot be written through', () => {
    const [inspect, answers] = volumeContainer({ o: 'bind', device: '/etc' });
    const readOnly = { ...inspect, Mounts: inspect.Mounts?.map((mount) => ({ ...mount, RW: false })) ?? [] };
    expect(mountsOf(readOnly, answers)[0]?.hidden_severity).toBe('high');
  });

  it('take what the host says before what is written', () => {
    const inspect = containerWith({}, { Mounts: [{ Type: 'bind', Source: '/srv/x', Destination: '/x', RW: false }] });
    const real: HostPath = { real: '/proc', resolved: true, type: 'directory', fstype: 'proc', identity: '4:1' };
    expect(mountsOf(inspect, { paths: [['/srv/x', real]] })[0]).toMatchObject({
      source: '/srv/x',
      source_real: '/proc',
      resolved: true,
      fstype: 'proc',
      rw: false,
    });
  });

  it('asked for and made are one, by the clean destination', () => {
    const inspect = containerWith(
      { Mounts: [{ Type: 'bind', Source: '/a', Target: '/x/', ReadOnly: true }] },
      { Mounts: [{ Type: 'bind', Source: '/a', Destination: '/x', RW: false }] },
    );
    expect(mountsOf(inspect)).toHaveLength(1);
    // A request that the engine has not made yet is told as it was asked.
    expect(mountsOf({ ...inspect, Mounts: null })[0]).toMatchObject({ destination: '/x', rw: false, source: '/a' });
  });

  it('name the container that they are inherited from', () => {
    const mount = { Type: 'bind', Source: '/etc', Destination: '/e', RW: true };
    const donor = containerWith({}, { Id: 'd1', Mounts: [mount] });
    const heir = containerWith({ VolumesFrom: ['donor:ro'] }, { Mounts: [{ ...mount, RW: false }] });
    expect(donorsOf(heir)).toEqual(['donor']);
    expect(mountsOf(heir, { donors: { donor } })[0]).toMatchObject({ inherited_from: 'd1', rw: false });
    expect(mountsOf(heir)[0]?.inherited_from).toBeUndefined();
  });

  it('ask the host for bind sources and hidden paths only', () => {
    const inspect = containerWith(
      {},
      {
        Mounts: [
          { Type: 'bind', Source: '/a', Destination: '/1' },
          { Type: 'volume', Name: 'v', Source: '/data/v/_data', Destination: '/2' },
          { Type: 'tmpfs', Destination: '/3' },
        ],
      },
    );
    const volumes = new Map([['v', { Options: { o: 'bind', device: '/b' } }]]);
    expect(pathsOf(requestedMounts(inspect, { volumes, donors: new Map() }))).toEqual(['/a', '/b']);
  });
});
