import type { Intrusion } from '../world.ts';
import { spanAt } from './times.ts';

/** A miner within the process of the application (a library that was replaced), so polite that it takes 60 % and no more; its pool is behind the proxy. */
export const miner: Intrusion = {
  name: 'miner at 60 % CPU',
  workload: 'shop/checkout',
  about: 'CPU rises by 60 % of the quota within a known process, and stays so day and night',
  span: (world) => spanAt(world, { share: 0.75, hour: 1.5, hours: 36 }),
  burden: (at) => ({ cpu: 60 + 2 * Math.sin(at / 90_000), memory: 40 * 2 ** 20, pids: 2, tx: 300 }),
};
