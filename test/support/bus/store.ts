import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createStore, type Store } from '../../../shared/bus/sqlite/store.ts';
import type { TopicSpec } from '../../../shared/bus/topics.ts';
import { openSqlite } from '../../../shared/sqlite/open.ts';

export interface StoreScene {
  /** Opens another connection to the same file. */
  open(): Store;
  time: number;
  destroy(): void;
}

/** A log file whose clock is in the test's hand. */
export function storeScene(topics: readonly TopicSpec[]): StoreScene {
  const directory = mkdtempSync(join(tmpdir(), 'moorwatch-store-'));
  const stores: Store[] = [];
  const scene: StoreScene = {
    time: 1_000,
    open() {
      const database = openSqlite({ path: join(directory, 'log.db'), synchronous: 'normal' });
      const store = createStore({ database, topics, clock: () => scene.time });
      stores.push(store);
      return store;
    },
    destroy() {
      for (const { database } of stores) database.close();
      rmSync(directory, { recursive: true });
    },
  };
  return scene;
}
