import { atTimes } from '../families/activities.ts';
import { minuteMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** As `nightExec`, but with nothing in the command that was not there before: only its hour tells. */
export const nightVisit: Intrusion = {
  name: 'known exec at 3 a.m.',
  workload: 'shop/db',
  about: 'the command that people run most by day is run at night',
  span: (world) => spanAt(world, { share: 0.68, hour: 3.3, hours: 0.5 }),
  acts: ({ tell }, { from }) =>
    atTimes([from, from + 7 * minuteMs], (at) =>
      tell.exec(at, ['psql', '-U', 'postgres'], { tty: true, takes: 60_000 }),
    ),
};
