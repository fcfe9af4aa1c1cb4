import { expect, it } from 'vitest';
import type { KnownContainer } from '../../../../collector/engine/inventory.ts';
import { createReach } from '../../../../collector/sensors/api-sockets-reach.ts';
import type { MountFacts } from '../../../../shared/observation.ts';
import { known } from '../../../support/collector/known.ts';

const plain: MountFacts = {
  type: 'bind',
  source: '/srv',
  source_real: '/srv',
  resolved: true,
  destination: '/x',
  rw: true,
  propagation: 'rprivate',
  is_runtime_socket: false,
  socket_alias: false,
  covers_socket: false,
  is_socket: false,
  is_file: false,
  engine_data: false,
  monitor_data: false,
};

function withMount(id: string, facts: Partial<MountFacts>): KnownContainer {
  const container = known(id);
  const mount = { ...plain, ...facts };
  return { ...container, snapshot: { ...container.snapshot, objects: [{ key: 'mount:/x', mount }] } };
}

it('containers reach a runtime by a mount of its socket, or of a directory that it lies in', () => {
  const all = [
    withMount('socket', { is_runtime_socket: true }),
    withMount('above', { covers_socket: true }),
    withMount('data', {}),
    known('none'),
  ];
  const reach = createReach({ containers: () => all, container: (id) => all.find((one) => one.id === id) });
  expect([...reach.reaching()]).toEqual(['socket', 'above']);
  expect(['socket', 'above', 'data', 'none', 'gone'].map(reach.reaches)).toEqual([true, true, false, false, false]);
});

it('another snapshot of a container is another answer', () => {
  let all = [withMount('web', {})];
  const reach = createReach({ containers: () => all, container: () => all[0] });
  expect(reach.reaches('web')).toBe(false);
  all = [withMount('web', { is_runtime_socket: true })];
  expect(reach.reaches('web')).toBe(true);
  expect([...reach.reaching()]).toEqual(['web']);
});
