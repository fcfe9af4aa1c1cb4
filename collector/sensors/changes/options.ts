import type { Config } from '../../../shared/config/schema.ts';
import type { Redactor } from '../../../shared/redact.ts';
import type { Telemetry } from '../../../shared/telemetry/telemetry.ts';
import type { EngineWatch } from '../../engine/watch.ts';
import type { Patient } from '../../procfs/patient.ts';
import type { ChangesOptions, DiffCost } from '../changes.ts';

export interface ChangesParts {
  readonly watch: EngineWatch;
  readonly redactor: Redactor;
  readonly telemetry: Telemetry;
  readonly patient: Patient;
  now(): number;
}

/** undefined: switched off. */
export function changesOptions(
  { engine, sensors: { changes } }: Config,
  { watch, redactor, telemetry, patient, now }: ChangesParts,
): ChangesOptions | undefined {
  if (!changes.enabled) return undefined;
  const { rootfs, procfs } = engine;
  return {
    ...changes,
    feed$: watch.feed$,
    redactor,
    patient,
    rootfs,
    procfs,
    client: () => watch.status().client,
    container: (id) => watch.containers().find((known) => known.id === id),
    now,
    told: (cost) => tell(cost, telemetry),
  };
}

function tell({ milliseconds, leftOut, evicted, missed }: DiffCost, telemetry: Telemetry): void {
  if (missed === 0) telemetry.happened({ name: 'containerDiffed', milliseconds });
  const dropped = { 'diff-too-long': leftOut, 'too-many-diffs': missed };
  for (const [reason, count] of Object.entries(dropped))
    if (count > 0) telemetry.happened({ name: 'observationDropped', reason, count });
  if (evicted > 0) telemetry.happened({ name: 'stateEvicted', part: 'changes', count: evicted });
}
