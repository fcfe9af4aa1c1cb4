import { EMPTY, firstValueFrom, take, toArray } from 'rxjs';
import type { Sensor } from '../../../collector/sensor.ts';
import type { SweptContainer } from '../../../collector/sweeps.ts';
import type { Observation } from '../../../shared/observation.ts';

/** A running container as sensors that sweep get it; started at 1 s. */
export const swept = (id: string, pid: number, more: Partial<SweptContainer> = {}): SweptContainer => ({
  id,
  pid,
  startedAt: 1_000,
  hostNetwork: false,
  nanoCpus: 0,
  memoryLimit: 0,
  at: () => ({
    container: { id, name: id, image: { name: 'i', id: 'i', registry: 'r', repository: 'r/i' } },
    workload: { id: 'w', name: 'w' },
  }),
  ...more,
});

/** For a sensor that sweeps as fast as it can. */
export const restless = {
  fastMs: 1,
  slowMs: 1,
  stirred$: EMPTY,
  host: () => ({ id: 'h', name: 'anchor' }),
};

/** What a sensor tells first; then it is stopped. */
export const firstOf = (sensor: Sensor, count: number): Promise<readonly Observation[]> =>
  firstValueFrom(sensor.observe().pipe(take(count), toArray()));
