import { expect, test } from 'vitest';
import type { KnownContainer } from '../../../collector/engine/inventory.ts';
import { watchedContainers } from '../../../collector/watched.ts';

const known = (id: string, more: Partial<KnownContainer> & { net?: string } = {}): KnownContainer => {
  const { net = 'private', ...rest } = more;
  const image = { name: 'busybox', id: 'i', registry: 'r', repository: 'r/i' };
  const namespaces = { pid: '', net, ipc: '', uts: '', user: '', cgroup: '' };
  const snapshot = {
    container: { id, name: 'first', image, namespaces, config_hash: 'h' },
  } as unknown as KnownContainer['snapshot'];
  return { id, name: id, state: 'running', pid: 1, startedAt: 1, snapshot, ...rest };
};

test('those that run, the oldest first, under the names that they have now', () => {
  const found = watchedContainers([
    known('young', { startedAt: 9 }),
    known('dead', { state: 'exited' }),
    known('old', { net: 'host', state: 'paused' }),
  ]);
  expect(found).toEqual({
    running: 2,
    watched: [
      { id: 'old', name: 'old', image: 'busybox', imageId: 'i', configHash: 'h', network: 'host', paused: true },
      {
        id: 'young',
        name: 'young',
        image: 'busybox',
        imageId: 'i',
        configHash: 'h',
        network: 'private',
        paused: false,
      },
    ],
  });
});

test('very many are counted, and not all told', () => {
  const { running, watched } = watchedContainers(Array.from({ length: 900 }, (_, i) => known(String(i))));
  expect(running).toBe(900);
  expect(watched).toHaveLength(200);
});

test('names are of the length that a status has room for', () => {
  expect(watchedContainers([known('x'.repeat(5_000))]).watched[0]?.name).toHaveLength(128);
});
