import { describe, expect, it } from 'vitest';
import { imageFacts, parseReference } from '../../../../../collector/engine/facts/image.ts';
import { joinFacts, requestedJoins } from '../../../../../collector/engine/facts/join.ts';
import { portFacts } from '../../../../../collector/engine/facts/ports.ts';
import { createSnapshot, type SnapshotObject } from '../../../../../collector/engine/facts/snapshot.ts';
import { workloadOf } from '../../../../../shared/workload.ts';
import { containerWith, factsOf, recorded } from '../../../../support/inspect.ts';

describe('namespace joins (CFG-25, R17)', () => {
  const target = recorded('join-target').container;
  const joiner = recorded('join').container;

  it('name the target', () => {
    const [join] = requestedJoins(joiner);
    expect(join).toEqual({ type: 'pid', target: target.Id });
    if (join === undefined) return;
    expect(joinFacts(join, factsOf(joiner), target)).toEqual({
      type: 'pid',
      target: { id: target.Id, name: 'lab-r17a', image: 'lab/bb:1' },
      target_more_privileged: false,
      other_project: false,
    });
  });

  it('say whether the target has more, or belongs to somebody else', () => {
    const join = { type: 'net', target: 't' } as const;
    const mine = factsOf(containerWith({}));
    const of = (host: object, labels = {}) =>
      joinFacts(join, mine, containerWith(host, { Id: 't', Config: { Labels: labels } }));
    expect(of({ Privileged: true }).target_more_privileged).toBe(true);
    expect(of({ CapAdd: ['NET_ADMIN'] }).target_more_privileged).toBe(true);
    expect(of({ NetworkMode: 'host' }).target_more_privileged).toBe(true);
    expect(of({ CapDrop: ['ALL'] }).target_more_privileged).toBe(false);
    expect(of({}, { 'com.docker.compose.project': 'shop' })).toMatchObject({
      other_project: true,
      target: { project: 'shop' },
    });
    const stack = { 'com.docker.stack.namespace': 'shop' };
    const sibling = factsOf(containerWith({}, { Config: { Labels: stack } }));
    expect(joinFacts(join, sibling, containerWith({}, { Config: { Labels: stack } })).other_project).toBe(false);
  });

  it('of a target that is gone keep its id', () => {
    expect(joinFacts({ type: 'ipc', target: 'gone' }, factsOf(joiner), undefined)).toMatchObject({
      target: { id: 'gone', name: '', image: '' },
      target_more_privileged: false,
    });
  });
});

describe('published ports', () => {
  it('are one for each binding, a range by its first', () => {
    expect(portFacts(recorded('plain').container.HostConfig ?? {})).toEqual([
      { container_port: 80, protocol: 'tcp', host_ip: '0.0.0.0', host_port: 8000 },
    ]);
    const PortBindings = { '53/udp': [{ HostIp: '127.0.0.1', HostPort: '' }], '80/tcp': null };
    expect(portFacts({ PortBindings })).toEqual([
      { container_port: 53, protocol: 'udp', host_ip: '127.0.0.1', host_port: 0 },
    ]);
  });
});

describe('image names', () => {
  it.each([
    ['nginx', 'docker.io', 'docker.io/library/nginx', undefined],
    ['index.docker.io/nginx:1', 'docker.io', 'docker.io/library/nginx', '1'],
    ['lab/bb:1', 'docker.io', 'docker.io/lab/bb', '1'],
    ['localhost:5000/a/b', 'localhost:5000', 'localhost:5000/a/b', undefined],
    ['ghcr.io/x/y:2@sha256:00', 'ghcr.io', 'ghcr.io/x/y', '2'],
  ])('%s', (name, registry, repository, tag) => {
    expect(parseReference(name)).toEqual({ registry, repository, ...(tag && { tag }) });
  });

  it('of a container started by id are the image’s', () => {
    const container = containerWith({}, { Config: { Image: `sha256:${'a'.repeat(64)}` }, Image: 'sha256:a' });
    expect(imageFacts(container, { RepoTags: ['shop/web:3'] })).toMatchObject({ repository: 'docker.io/shop/web' });
  });
});

describe('what an image sets', () => {
  it('is known by name; a container’s own variables are not the image’s', () => {
    const container = containerWith({}, { Config: { Image: 'a/b', Env: ['A=1', 'OWN=2'] } });
    expect(imageFacts(container, { Config: { Env: ['LD_PRELOAD=/x=y', 'A=1'] } }).env_keys).toEqual([
      'A',
      'LD_PRELOAD',
    ]);
    expect(imageFacts(container, undefined)).not.toHaveProperty('env_keys');
  });
});

describe('snapshots', () => {
  const container = factsOf(recorded('devices').container);
  const device = (path: string): SnapshotObject => ({
    key: 'device:/dev/x',
    device: { path, path_in_container: '/dev/x', permissions: 'r', resolved: false, class: 'other' },
  });
  const workload = workloadOf('host', container);
  const snapshot = (objects: readonly SnapshotObject[], facts = container) =>
    createSnapshot({ container: facts, objects, workload });

  it('tell two devices at one path apart', () => {
    expect(snapshot([device('/dev/null'), device('/dev/sda')]).objects.map(({ key }) => key)).toEqual([
      'device:/dev/x',
      'device:/dev/x#2',
    ]);
  });

  it('have the same hash as long as the configuration is the same, whatever state the container is in', () => {
    const later = { ...container, state: 'exited', started_at: 5, age_s: 3, name: 'renamed', user_uid: null };
    expect(snapshot([], later).hash).toBe(snapshot([]).hash);
    expect(snapshot([device('/dev/sda')]).hash).not.toBe(snapshot([]).hash);
    expect(snapshot([], { ...container, privileged: true }).hash).not.toBe(snapshot([]).hash);
  });
});

describe('workloads', () => {
  const { image } = factsOf(recorded('plain').container);
  it('are host, repository and claimed service; a label alone never joins one', () => {
    const claimed = { image, project: 'shop', service: 'web' };
    expect(workloadOf('h', claimed).name).toBe('shop/web');
    expect(workloadOf('h', { image }).name).toBe('lab/bb');
    expect(workloadOf('h', claimed).id).toBe(workloadOf('h', { ...claimed, image: { ...image, tag: '2' } }).id);
    const ids = [
      workloadOf('h', claimed),
      workloadOf('h', { image }),
      workloadOf('other', claimed),
      workloadOf('h', { ...claimed, image: { ...image, repository: 'docker.io/evil/bb' } }),
    ].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
  });
});
