import { atTimes } from '../families/activities.ts';
import { databaseOf } from '../families/places.ts';
import { minuteMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** A build of the CI runner that tries the shop's database. */
export const lateralMovement: Intrusion = {
  name: 'lateral movement',
  workload: 'ci/runner',
  about: 'a workload that is new every day connects to the container of another project',
  span: (world) => spanAt(world, { share: 0.76, hour: 11.4, hours: 1 }),
  acts: ({ tell, world }, { from }) =>
    atTimes([from, from + minuteMs, from + 2 * minuteMs, from + 20 * minuteMs], (at) => [
      tell.egress(at, databaseOf(world), { executable: '/usr/bin/python3', parent: '/bin/bash' }),
    ]),
};
