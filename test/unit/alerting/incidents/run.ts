import { from, lastValueFrom, toArray } from 'rxjs';
import { createIncidentStage, type IncidentStageOptions } from '../../../../alerting/incidents/stage.ts';
import type { BusRecord, Commit } from '../../../../shared/bus/port.ts';
import { batch } from '../finding-records.ts';

export const minute = 60_000;
const usual = { quietMs: 15 * minute, reopenMs: 60 * minute, suppressionMs: 1_000 * minute };

/** Each list of records is a batch, all through one assignment with nothing restored. */
export function run(
  batches: readonly (readonly BusRecord[])[],
  more: Partial<IncidentStageOptions> = {},
): Promise<Commit[]> {
  const stage = createIncidentStage({ ...usual, ...more })({ partition: 0, restored: new Map() });
  return lastValueFrom(from(batches.map(batch)).pipe(stage, toArray()));
}
