import type { NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { messageOf } from '../../shared/errors.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import type { Entry } from './read-state.ts';
import type { SpoolStore } from './store.ts';

export interface KeepingOptions {
  readonly store: SpoolStore;
  /** What waited longer than this is replaced by a gap, ms. */
  readonly mostMs: number;
  readonly telemetry: Telemetry;
  now(): number;
}

/** The store with a voice: what is kept, what is not kept any longer and what cannot be kept is told. */
export interface Keeping {
  /** @returns the number of the last record; what stands up to `sent` is under way and does not expire. @throws what the store throws */
  put(name: string, records: readonly NewRecord[], sent: number): number;
  /** Copies state for a start without brokers; what is appended does not depend on it. */
  remember(name: string, records: readonly Entry[]): void;
  /** When the oldest that waits was put there, ms. */
  oldest(): number | undefined;
  failed(error: unknown): void;
}

export function createKeeping({ store, mostMs, telemetry, now }: KeepingOptions): Keeping {
  let told = '';
  const failed = (error: unknown): void => {
    const reason = messageOf(error);
    if (reason !== told) telemetry.happened({ name: 'spoolFailed', reason });
    told = reason;
  };
  telemetry.gauge('spool_records', 'Records that wait on disk for the brokers.', () => [
    { value: store.size().records },
  ]);
  telemetry.gauge('spool_bytes', 'Bytes of the records that wait on disk.', () => [{ value: store.size().bytes }]);
  const oldest = (): number | undefined => {
    try {
      return store.oldest();
    } catch (error) {
      // A disk that fails keeps nobody from saying how it is.
      failed(error);
      return undefined;
    }
  };
  telemetry.gauge('spool_age_seconds', 'For how long the oldest record waits on disk.', () => {
    const at = oldest();
    return [{ value: at === undefined ? 0 : Math.max(0, now() - at) / 1_000 }];
  });
  return {
    oldest,
    put(name, records, sent) {
      try {
        const expired = store.expire(now() - mostMs, sent);
        if (expired > 0) telemetry.happened({ name: 'observationDropped', reason: 'spool-expired', count: expired });
        const first = store.size().records === 0;
        const { upTo } = store.put(name, records, { at: Math.trunc(now()), latest: name === topic.collectorState });
        if (first) telemetry.happened({ name: 'spoolStarted' });
        told = '';
        return upTo;
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    remember(name, records) {
      if (name !== topic.collectorState) return;
      try {
        store.remember(records);
      } catch (error) {
        failed(error);
      }
    },
    failed,
  };
}
