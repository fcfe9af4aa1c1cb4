import { atTimes } from '../families/activities.ts';
import { every, minuteMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** A C2 behind the same CDN that the client asks all day: one more of its addresses, each two minutes with a jitter of a tenth. */
export const beaconing: Intrusion = {
  name: 'beaconing',
  workload: 'feeds/unnamed',
  about: 'every two minutes one and the same address among the many of a CDN',
  span: (world) => spanAt(world, { share: 0.74, hour: 8, hours: 20 }),
  acts: ({ tell, chance }, span) =>
    atTimes(every(2 * minuteMs, span, chance('beacon'), 0.1), (at) => [
      tell.egress(
        at,
        { ip: '104.18.77.77', port: 443 },
        { executable: '/usr/local/bin/python3.12', args: ['python3', '-m', 'feeds'], uid: 1000 },
      ),
    ]),
};
