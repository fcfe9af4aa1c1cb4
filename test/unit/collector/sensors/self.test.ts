import { expect, it, test } from 'vitest';
import { candidatesIn, createOwnContainer } from '../../../../collector/sensors/self.ts';
import type { Observation } from '../../../../shared/observation.ts';
import { known } from '../../../support/collector/known.ts';

const id = 'a'.repeat(64);
const other = 'b'.repeat(64);
const nothing = { mountinfo: '', cgroup: '', hostname: 'anchor' };
const line = (root: string, point: string): string => `1 2 8:1 ${root} ${point} rw - ext4 /dev/sda1 rw`;

test.each([
  ['a host', { ...nothing, cgroup: '0::/user.slice/session-1.scope' }, []],
  ['a host with containers', { ...nothing, mountinfo: line('/', `/var/lib/docker/containers/${id}/mounts/shm`) }, []],
  [
    'a container by its mounts',
    { ...nothing, mountinfo: line(`/var/lib/docker/containers/${id}/hostname`, '/etc/hostname') },
    [id],
  ],
  [
    'a container by its control group',
    { ...nothing, cgroup: `12:pids:/docker/${id}\n0::/system.slice/docker-${id}.scope` },
    [id],
  ],
  ['a container by its name', { ...nothing, hostname: 'abcdef012345' }, ['abcdef012345']],
])('%s', (_what, said, candidates) => expect(candidatesIn(said)).toEqual(candidates));

const about = (container: string, image = 'sha256:1', project = ''): Observation => ({
  id: '1',
  kind: 'container_lifecycle',
  at: 1,
  event: { source: 'docker-event', action: 'kill' },
  host: { id: 'HOST', name: 'anchor' },
  container: { id: container, name: 'n', project, image: { name: 'i', id: image, registry: '', repository: '' } },
});

it('what is about the own container says so, and what is about one of its project and image', () => {
  const facts = { project: 'moorwatch' };
  const own = createOwnContainer({ candidates: [id], containers: () => [known(id, { facts }), known(other)] });
  expect(own.mark(about(id)).monitor).toEqual({ container: 'self' });
  expect(own.mark(about(other, 'sha256:1', 'moorwatch')).monitor).toEqual({ container: 'sibling' });
  expect(own.mark(about(other, 'sha256:2', 'moorwatch'))).not.toHaveProperty('monitor');
  expect(own.mark(about(other, 'sha256:1', 'shop'))).not.toHaveProperty('monitor');
  const { container: _none, ...hosts } = about(id);
  expect(own.mark(hosts)).toBe(hosts);
});

it('it is still known when it is gone, and found by the short name', () => {
  let alive = [known(id)];
  const own = createOwnContainer({ candidates: [id.slice(0, 12)], containers: () => alive });
  own.mark(about(other, 'sha256:2'));
  alive = [];
  expect(own.mark(about(id)).monitor).toEqual({ container: 'self' });
});

it('a container that the engine does not have is another engine’s', () => {
  const own = createOwnContainer({ candidates: [id], containers: () => [known(other)] });
  expect(own.mark(about(other))).not.toHaveProperty('monitor');
});

it('a container without a project has no siblings', () => {
  const own = createOwnContainer({ candidates: [id], containers: () => [known(id)] });
  expect(own.mark(about(other))).not.toHaveProperty('monitor');
});
