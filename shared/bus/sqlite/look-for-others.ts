import { groupsChannel } from './process.ts';
import type { Store } from './store.ts';

/**
 * Looks what other connections have committed since the last look, and wakes who waits for it: readers of the topics that grew, and the
 * processings when the groups' members or owners changed. `PRAGMA data_version` costs a look into shared memory; the rest is asked only
 * when it says that something changed.
 */
export function lookForOthers({ database, wakeups }: Store): () => void {
  const version = database.prepare<[], number>('PRAGMA data_version').pluck();
  const ends = database
    .prepare<[], [topic: string, end: number]>('SELECT topic, sum(end) FROM logs GROUP BY topic')
    .raw();
  const groups = database
    .prepare<[], string>(
      `SELECT (SELECT json_group_array(member) FROM members)
         || (SELECT json_group_array(json_array("group", log, epoch, member)) FROM positions)`,
    )
    .pluck();
  const marks = (): ReadonlyMap<string, string | number> =>
    new Map<string, string | number>(ends.all()).set(groupsChannel, groups.get() ?? '');
  let known = version.get();
  let before = marks();
  return () => {
    const now = version.get();
    if (now === known) return;
    // What is committed between the two is woken for now, and once more in vain.
    const after = marks();
    const changed = [...after].filter(([channel, mark]) => before.get(channel) !== mark).map(([channel]) => channel);
    known = now;
    before = after;
    wakeups.wake(changed);
  };
}
