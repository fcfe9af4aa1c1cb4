import { atTimes } from '../families/activities.ts';
import { secondMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** With the stolen account of somebody who looks after the database: what that one does by day, at 3 at night. */
export const nightExec: Intrusion = {
  name: 'exec at 3 a.m.',
  workload: 'shop/db',
  about: 'commands that are run by day are run at night',
  span: (world) => spanAt(world, { share: 0.72, hour: 3.05, hours: 0.5 }),
  acts: ({ tell }, { from }) =>
    atTimes([from, from + 140 * secondMs], (at) =>
      tell.exec(at, ['psql', '-U', 'postgres', '-c', 'select count(*) from orders where id > 1'], {
        tty: true,
        takes: 4_000,
      }),
    ),
};
