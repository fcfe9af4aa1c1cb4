import { interval, mergeMap } from 'rxjs';
import { deriveId } from '../../shared/hash.ts';
import type { HostRef, Observation } from '../../shared/observation.ts';
import type { Sensor } from '../sensor.ts';

export interface CanaryOptions {
  /** undefined until the engine said who its host is. */
  host(): HostRef | undefined;
  /** The connection to the engine; undefined while there is none: then nothing would be seen. */
  client(): unknown;
  now(): number;
  readonly everyMs: number;
}

/** Tells now and then of something that did not happen (shared/canary.ts): what it takes to each sink shows that the chain is whole. */
export const createCanarySensor = ({ host, client, now, everyMs }: CanaryOptions): Sensor => ({
  name: 'canary',
  tier: 'engine',
  available: () => Promise.resolve(undefined),
  observe: () =>
    interval(everyMs).pipe(
      mergeMap(() => {
        const known = host();
        return known === undefined || client() === undefined ? [] : [canary(known, Math.trunc(now()))];
      }),
    ),
});

const canary = (host: HostRef, at: number): Observation => ({
  id: deriveId(host.id, 'canary', at),
  kind: 'canary',
  at,
  event: { source: 'monitor', action: 'canary' },
  host,
});
