import { atTimes } from '../families/activities.ts';
import { databaseOf } from '../families/places.ts';
import { byItself, hourMs } from '../times.ts';
import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** One replica of many reads the database empty: all of it is known, but not so much of it, and not in one alone. */
export const badReplica: Intrusion = {
  name: 'one bad replica',
  workload: 'shop/api',
  about:
    'one replica connects to the known database twenty times as often as the others, sends three times as much, and needs more memory',
  span: (world) => spanAt(world, { share: 0.78, hour: 9, hours: 9 }),
  isIn: ({ life }, span) => life.number === 2 && life.from < span.from && life.to > span.from,
  acts: ({ tell, chance, world }, span) =>
    atTimes(byItself(120, span, chance('reads')), (at) => [
      tell.egress(at, databaseOf(world), {
        executable: '/app/api',
        args: ['/app/api', '--listen', ':9000'],
        uid: 65_532,
      }),
    ]),
  burden: (at) => ({ tx: 400_000, rx: 300_000, memory: 60 * 2 ** 20 + (at % hourMs) / 100, cpu: 12 }),
};
