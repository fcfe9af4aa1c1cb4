import { hasEnded, processIdentity } from './process-identity.ts';
import type { Store } from './store.ts';

/** The bus instances on the file that are alive: one lease each, renewed by a heartbeat, for all groups together. */
export interface Presence {
  readonly instance: string;
  /** Joins or renews. */
  beat(): void;
  /** Instances whose lease has not run out and whose process has not certainly ended. */
  alive(): ReadonlySet<string>;
  leave(): void;
}

export function createPresence(store: Store, options: { instance: string; leaseMs: number }): Presence {
  const { database, clock } = store;
  const { instance, leaseMs } = options;
  const identity = processIdentity() ?? null;
  const put = database.prepare<[string, number, string | null]>(
    'INSERT INTO instances (id, expires, process) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET expires = excluded.expires',
  );
  const list = database.prepare<[], { id: string; expires: number; process: string | null }>(
    'SELECT id, expires, process FROM instances',
  );
  const remove = database.prepare<[string]>('DELETE FROM instances WHERE id = ?');
  const clean = database.prepare<[number]>('DELETE FROM instances WHERE expires < ?');
  const cleanMembers = database.prepare('DELETE FROM members WHERE instance NOT IN (SELECT id FROM instances)');
  return {
    instance,
    beat: () =>
      store.write(() => {
        const now = Math.floor(clock());
        put.run(instance, now + leaseMs, identity);
        // Long after the lease: whoever was only slow is not made to join anew for nothing.
        clean.run(now - leaseMs);
        cleanMembers.run();
      }),
    alive() {
      const now = clock();
      const others = list.all().filter((one) => one.expires > now && !(one.process !== null && hasEnded(one.process)));
      return new Set(others.map(({ id }) => id));
    },
    leave: () =>
      store.write(() => {
        remove.run(instance);
        cleanMembers.run();
      }),
  };
}
