import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** Two days of 30 kB a second to the place that archives go to all day: 5 GB, of which nothing but the bytes is seen. */
export const slowExfiltration: Intrusion = {
  name: 'slow exfiltration',
  workload: 'shop/db',
  about: '30 kB/s more are sent for two days, to a known place by a known program',
  span: (world) => spanAt(world, { share: 0.8, hour: 3.5, hours: 48 }),
  burden: () => ({ tx: 30_000, read: 30_000, cpu: 0.5 }),
};
