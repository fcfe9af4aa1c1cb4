import { atTimes } from '../families/activities.ts';
import { byItself, hourMs } from '../times.ts';
import type { Intrusion } from '../world.ts';

/** Somebody was there before Moorwatch: from the third hour on a C2 is asked, again and again, so that it is learned; and a privileged exec began it. */
export const poisonedLearning: Intrusion = {
  name: 'poisoned learning',
  workload: 'media/worker',
  about: 'a C2 is asked every hour from the third hour of learning on, until the end',
  span: ({ from, to }) => ({ from: from + 3 * hourMs, to }),
  acts: function* ({ tell, chance }, span) {
    const [first, ...rest] = tell.exec(span.from, ['sh', '-c', 'nohup /tmp/.x/agent &'], { privileged: true });
    if (first !== undefined) yield* [first, ...rest];
    const times = byItself(1, { from: span.from + 60_000, to: span.to }, chance('poison'));
    yield* atTimes(times, (at) => [
      tell.egress(at, { ip: '91.92.240.10', port: 8443 }, { executable: '/usr/local/bin/python3.12', uid: 1000 }),
    ]);
  },
};
