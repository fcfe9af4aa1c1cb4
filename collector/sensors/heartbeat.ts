import { interval, mergeMap, startWith } from 'rxjs';
import { deriveId } from '../../shared/hash.ts';
import type { HostRef, Observation } from '../../shared/observation.ts';
import type { Sensor } from '../sensor.ts';

export interface HeartbeatOptions {
  /** undefined until the engine said who its host is. */
  host(): HostRef | undefined;
  sensors(): Readonly<Record<string, string>>;
  now(): number;
}

const everyMs = 5_000;

/** Says that this host is watched; it also moves the time of the log on. */
export function createHeartbeatSensor(options: HeartbeatOptions): Sensor {
  let sequence = 0;
  return {
    name: 'heartbeat',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () =>
      interval(everyMs).pipe(
        startWith(-1),
        mergeMap(() => {
          const host = options.host();
          if (host === undefined) return [];
          sequence += 1;
          return [heartbeat(host, { ...options, sequence })];
        }),
      ),
  };
}

export function heartbeat(
  host: HostRef,
  options: HeartbeatOptions & { sequence: number; stopping?: boolean },
): Observation {
  const at = Math.trunc(options.now());
  const { sequence, stopping } = options;
  return {
    id: deriveId(host.id, 'heartbeat', at, sequence),
    kind: 'heartbeat',
    at,
    event: { source: 'monitor', action: 'heartbeat' },
    host,
    heartbeat: { sequence, sensors: options.sensors(), ...(stopping === undefined ? {} : { stopping }) },
  };
}
