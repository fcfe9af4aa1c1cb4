import { atTimes } from '../families/activities.ts';
import { minuteMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** The server itself, abused through a hole in it, fetches orders from an address of its master's: three times within the hour. */
export const newEgress: Intrusion = {
  name: 'new egress',
  workload: 'shop/web',
  about: 'the known program connects to a public address that nobody ever connected to',
  span: (world) => spanAt(world, { share: 0.7, hour: 14.2, hours: 1 }),
  acts: ({ tell }, { from }) =>
    atTimes([from, from + 9 * minuteMs, from + 31 * minuteMs], (at) => [
      tell.egress(at, { ip: '45.155.205.233', port: 443 }, { executable: '/usr/local/bin/node', uid: 1000 }),
    ]),
};
