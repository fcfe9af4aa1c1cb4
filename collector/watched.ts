import type { WatchedContainer } from '../shared/watched.ts';
import type { KnownContainer } from './engine/inventory.ts';

/** More are only counted: a status is one record, and written every few seconds. */
const mostTold = 200;

/** Those that run: how many, and the oldest of them one by one. */
export function watchedContainers(known: readonly KnownContainer[]): {
  readonly running: number;
  readonly watched: readonly WatchedContainer[];
} {
  const running = known
    .filter(({ state }) => state === 'running' || state === 'paused')
    .sort((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0) || (a.id < b.id ? -1 : 1));
  const watched = running.slice(0, mostTold).map(({ id, name, state, snapshot: { container } }) => ({
    id,
    name: name.slice(0, 128),
    image: container.image.name.slice(0, 128),
    imageId: container.image.id,
    configHash: container.config_hash ?? '',
    network: container.namespaces?.net ?? 'private',
    paused: state === 'paused',
  }));
  return { running: running.length, watched };
}
