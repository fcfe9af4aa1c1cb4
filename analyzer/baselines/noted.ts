import type { Memory, Phase, StoredWorkload } from '../../shared/baseline-state.ts';
import type { Observation } from '../../shared/observation.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import { cappedRef } from '../capped.ts';
import type { Feature } from './feature.ts';
import { rested } from './learning.ts';
import { emptyMemory, type Memories, refOf } from './memory.ts';
import { type BaselineOptions, needsOf } from './options.ts';
import { withVersion } from './versions.ts';

/** Right after its start a container does what it never does again, so that is learned apart. */
export function phaseOf({ at, container }: Observation, { startupSeconds }: BaselineOptions): Phase {
  const started = container?.started_at;
  const age = container?.age_s ?? (started === undefined ? undefined : (at - started) / 1_000);
  return age !== undefined && age < startupSeconds ? 'startup' : 'steady';
}

/** The workload was seen, perhaps with a new image. A host has none. */
export function noteWorkload(memories: Memories, observation: Observation, now: number): StoredWorkload | undefined {
  const { host: hostRef, workload: workloadRef } = observation;
  if (workloadRef === undefined) return undefined;
  const image = isHostWorkload(workloadRef) ? undefined : observation.container?.image;
  const before = memories.workload(hostRef.id, workloadRef.id);
  const versions = image === undefined ? (before?.versions ?? []) : withVersion(before?.versions, image, now);
  if (before?.versions === versions && before.host.name === hostRef.name && before.workload.name === workloadRef.name) {
    // Seen with nearly every observation: in place.
    before.seen = now;
    memories.setWorkload(before);
    return before;
  }
  const host = cappedRef(hostRef);
  const workload = cappedRef(workloadRef);
  const since = before === undefined ? now : before.since;
  const noted = { host, workload, ...(since !== undefined && { since }), seen: now, versions };
  memories.setWorkload(noted);
  return noted;
}

/** The workload showed something of a feature. */
export function noteMemory(
  memories: Memories,
  { host, workload, since }: StoredWorkload,
  at: { readonly feature: Feature; readonly phase: Phase; readonly now: number; readonly options: BaselineOptions },
): Memory {
  const { feature, phase, now, options } = at;
  const needs = needsOf(options);
  const known = memories.memory({ host: host.id, workload: workload.id, feature: feature.name });
  const watched = Math.max(memories.watchedSince(host.id, feature.name, now), since ?? now);
  const memory = known ?? emptyMemory({ host, workload, feature: feature.name }, needs, watched);
  const news = (from: number): number =>
    memories.items(refOf(memory)).filter(([, item]) => item[phase]?.as === 'held' || (item[phase]?.first ?? 0) >= from)
      .length;
  // A start is no time of quiet.
  const asked = memory.needs === needs ? memory : { ...memory, needs };
  const judged = phase === 'steady' ? rested(asked, phase, { before: memory.seen, now, news }) : memory;
  const isOnePhase = feature.phases === 'one';
  const isSame = judged.needs === needs && (!isOnePhase || judged.onePhase === true);
  const current = isSame ? judged : { ...judged, needs, ...(isOnePhase && { onePhase: true as const }) };
  // Seen with nearly every observation: in place.
  current.seen = now;
  memories.setMemory(current);
  return current;
}
