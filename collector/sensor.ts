import type { Observable } from 'rxjs';
import type { Observation } from '../shared/observation.ts';

/** How deep a sensor looks; each tier is optional and shown as coverage. */
export type Tier = 'engine' | 'procfs' | 'kernel';

/**
 * The sensor door: a file under sensors/ that watches one aspect and emits observations, and a line in sensors/index.ts (docs/collector.md).
 * A sensor *observes*: it never appends, counts or logs; `collect` does. An error ends it and `collect` subscribes again with backoff.
 */
export interface Sensor {
  readonly name: string;
  readonly tier: Tier;
  /** What stops this sensor from working here, in words for a person with what to do; undefined when nothing does. */
  available(): Promise<string | undefined>;
  observe(): Observable<Observation>;
}
