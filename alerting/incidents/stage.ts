import { defer, map, type OperatorFunction } from 'rxjs';
import type { Assignment, Batch, Commit } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { noTelemetry, type Telemetry } from '../../shared/telemetry/telemetry.ts';
import { createBook } from './book.ts';
import { createCorrelator } from './correlate.ts';
import { createHiddenConditions } from './hidden.ts';
import { createIdMemory } from './ids.ts';
import { defaultLimits, type IncidentLimits } from './limits.ts';
import { idsKey, restore } from './persist.ts';
import { createSuppressions } from './suppressions.ts';
import { updateHeader } from './updates.ts';

export interface IncidentStageOptions {
  /** An incident without open conditions closes after so much record time without a finding, ms. */
  readonly quietMs: number;
  /** A finding opens the closed incident of its group again for so much record time, ms. */
  readonly reopenMs: number;
  /** Longest time for which a finding may be suppressed, ms. */
  readonly suppressionMs: number;
  readonly limits?: IncidentLimits;
  readonly telemetry?: Telemetry;
}

/** The stage findings → incidents (topics `findings`, `incidents`, state in `incident-state`), one for each partition that is assigned. */
export function createIncidentStage(
  options: IncidentStageOptions,
): (assignment: Assignment) => OperatorFunction<Batch, Commit> {
  const { quietMs, reopenMs, suppressionMs, limits = defaultLimits, telemetry = noTelemetry } = options;
  let digests = 0;
  telemetry.gauge('digest_findings', 'Digests of novelty seen while learning, which open no incident', () => [
    { value: digests },
  ]);
  let suppressed = 0;
  telemetry.gauge('suppressed_findings', 'Findings that suppressions kept out of incidents', () => [
    { value: suppressed },
  ]);
  let forgotten = 0;
  telemetry.gauge('suppressed_conditions_forgotten', 'Hidden conditions that are not told when that ends', () => [
    { value: forgotten },
  ]);

  return (assignment) => (batches) =>
    defer(() => {
      const { partition } = assignment;
      const { entries, ids, unreadable, ...restored } = restore(assignment.restored);
      for (const place of unreadable) {
        telemetry.happened({ name: 'recordRejected', topic: topic.incidentState, place, reason: 'unreadable state' });
      }
      const suppressions = createSuppressions({
        partition,
        restored: restored.suppressions,
        longestMs: suppressionMs,
        most: limits.suppressions,
      });
      const correlate = createCorrelator({
        book: createBook({ partition, entries, quietMs, reopenMs, limits }),
        ids: createIdMemory({ keyOf: (place) => idsKey(partition, place), restored: ids, limits: limits.ids }),
        suppressions,
        hidden: createHiddenConditions({
          partition,
          restored: restored.hidden,
          most: limits.hiddenConditions,
          onForgotten: (by) => {
            forgotten += 1;
            suppressions.forgot(by);
          },
        }),
        limits,
        onSuppressed: () => {
          suppressed += 1;
        },
        onDigest: () => {
          digests += 1;
        },
        onRejected: ({ place, message: reason }) =>
          telemetry.happened({ name: 'recordRejected', topic: topic.findings, place, reason }),
      });
      return batches.pipe(map((batch) => counted(correlate(batch), telemetry)));
    });
}

function counted(commit: Commit, telemetry: Telemetry): Commit {
  for (const { topic: to, record } of commit.outputs) {
    if (to !== topic.incidents || record.headers?.[updateHeader.change] === undefined) continue;
    telemetry.happened({
      name: 'incidentUpdated',
      change: record.headers?.[updateHeader.change] ?? '',
      severity: record.headers?.[updateHeader.severity] ?? '',
    });
  }
  return commit;
}
