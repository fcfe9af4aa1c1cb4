import type { Telemetry } from '../../../shared/telemetry/telemetry.ts';
import type { DiffCost } from '../changes.ts';

/** What diffs cost and what was left out goes to the metrics. */
export const tellsCost =
  (telemetry: Telemetry) =>
  ({ milliseconds, leftOut, evicted, missed }: DiffCost): void => {
    if (missed === 0) telemetry.happened({ name: 'containerDiffed', milliseconds });
    const dropped = { 'diff-too-long': leftOut, 'too-many-diffs': missed };
    for (const [reason, count] of Object.entries(dropped))
      if (count > 0) telemetry.happened({ name: 'observationDropped', reason, count });
    if (evicted > 0) telemetry.happened({ name: 'stateEvicted', part: 'changes', count: evicted });
  };
