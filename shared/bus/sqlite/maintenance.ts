import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createRetention } from './retention.ts';
import type { Store } from './store.ts';

export interface MaintenanceOptions {
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Between slices the write lock is left to others for so long. */
const slicePauseMs = 5;
/** A write-ahead log larger than this is cut back, which needs a moment without readers. */
const largestWalBytes = 67_108_864;

/** Removes what topics do not keep and brings the write-ahead log home, from time to time, until the signal. Several processes may do it. */
export async function maintain(store: Store, { everyMs, signal }: MaintenanceOptions): Promise<void> {
  const retention = createRetention(store);
  const rest = (ms: number): Promise<unknown> => delay(ms, undefined, { signal }).catch(() => undefined);
  const trim = async (topic: string, partition: number): Promise<void> => {
    while (!signal.aborted && retention.slice(topic, partition)) await rest(slicePauseMs);
  };
  await rest(everyMs);
  while (!signal.aborted) {
    try {
      for (const { spec, ids } of store.table.topics)
        for (const partition of ids.keys()) await trim(spec.name, partition);
      if (!signal.aborted) checkpoint(store);
    } catch {
      // Somebody holds the lock for long, or the disk is full: the next round tries again, and appends say what is wrong.
    }
    await rest(everyMs);
  }
}

/** Copies what is in the write-ahead log into the file; never waits for readers unless the log has grown out of bounds. */
export function checkpoint({ database }: Store): void {
  const large = walBytes(database.name) > largestWalBytes;
  database.pragma(`wal_checkpoint(${large ? 'TRUNCATE' : 'PASSIVE'})`);
}

/** Size of the write-ahead log of a database file. */
export function walBytes(path: string): number {
  return statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0;
}
