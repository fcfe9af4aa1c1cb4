import type { FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import type { Containers } from './containers.ts';
import { type Container, containerFrom, forgetMs, holdMs } from './lineage.ts';
import type { Condition, Told } from './told.ts';

/** The containers of a partition and what is so of them. */
export interface ConditionState {
  readonly containers: Containers;
  readonly told: Told;
}

/** Tells a pending condition after all, under the lineage it was found with. */
export function tellPending(state: ConditionState, condition: Condition, now: number): readonly FindingRecord[] {
  const { pending, ...told } = condition;
  if (pending === undefined) return [];
  state.told.set(told);
  return pendingRecords(condition, now);
}

const pendingRecords = ({ pending }: Condition, now: number): readonly FindingRecord[] =>
  pending === undefined ? [] : [{ type: 'finding', finding: { ...pending, detectedAt: now } }];

/** Ends a condition; one that was still pending is told first, so that an end always has a beginning. */
export function end(
  state: ConditionState,
  condition: Condition,
  why: { readonly at: number; readonly now: number; readonly reason: string },
): readonly FindingRecord[] {
  const told = tellPending(state, condition, why.now);
  state.told.delete(condition);
  return [...told, endedRecord(condition, why)];
}

const endedRecord = (
  { finding: id, subject, host, lineage }: Condition,
  { at, reason }: { readonly at: number; readonly reason: string },
): FindingRecord => ({ type: 'ended', id, subject, at, host, lineage, reason });

/** A container was destroyed: whoever waits for it continues its lineage, and its conditions are held for a replacement to come. */
export function destroyed(state: ConditionState, observation: Observation, now: number): readonly FindingRecord[] {
  const { containers } = state;
  const known = containers.get(observation.host.id, observation.container?.id) ?? containerFrom(observation, now);
  if (known === undefined || known.endedAt !== undefined) return [];
  const settled = noLongerPending(state, known, now);
  const ended = { ...settled.container, endedAt: observation.at, holdUntil: now + holdMs, forgetAt: now + forgetMs };
  containers.set(ended);
  const waiting = containers.get(ended.host.id, ended.successor);
  return [...settled.records, ...(waiting === undefined ? [] : succeed(state, ended, { waiting, now }))];
}

/** Everything that is due by `now`, one container at a time. */
export function fire(state: ConditionState, now: number): readonly FindingRecord[] {
  const records: FindingRecord[] = [];
  for (let due = state.containers.due(now); due !== undefined; due = state.containers.due(now)) {
    if (due.pendingUntil !== undefined && due.pendingUntil <= now) {
      const settled = noLongerPending(state, due, now);
      state.containers.set(settled.container);
      records.push(...settled.records);
    } else if (due.holdUntil !== undefined && due.holdUntil <= now) {
      records.push(...release(state, due, now));
    } else {
      state.containers.delete(due);
    }
  }
  return records;
}

/** The hold is over and nobody continued what is left. */
function release(state: ConditionState, container: Container, now: number): readonly FindingRecord[] {
  const { holdUntil: _over, ...rest } = container;
  state.containers.set(rest);
  const why = { at: container.endedAt ?? now, now, reason: 'the container is gone' };
  return state.told.of(container.host.id, container.id).flatMap((condition) => end(state, condition, why));
}

/** What is so of containers that had to give way is no longer followed, and that is said. */
export function forget(state: ConditionState, now: number): readonly FindingRecord[] {
  const why = { at: now, now, reason: 'too many containers to follow' };
  return state.containers
    .takeForgotten()
    .flatMap(({ host, id }) => state.told.of(host.id, id).flatMap((condition) => end(state, condition, why)));
}

/**
 * Conditions that had to give way are said to have ended, so that their incidents can close; they are told anew when they are seen again.
 * What was still pending is told first: a flood must not be a way to keep it from being told.
 */
export function evicted(state: ConditionState, now: number): readonly FindingRecord[] {
  const why = { at: now, reason: 'evicted: too many conditions to follow' };
  return state.told
    .takeForgotten()
    .flatMap((condition) => [...pendingRecords(condition, now), endedRecord(condition, why)]);
}

/** A candidate turns out to replace nobody: it keeps its own lineage and its conditions are told. */
function noLongerPending(state: ConditionState, container: Container, now: number) {
  if (container.pendingUntil === undefined) return { container, records: [] };
  const { pendingUntil: _until, predecessor: predecessorId, ...own } = container;
  const predecessor = state.containers.get(container.host.id, predecessorId);
  if (predecessor?.successor === container.id) {
    const { successor: _released, ...free } = predecessor;
    state.containers.set(free);
  }
  const pending = state.told.of(container.host.id, container.id);
  return { container: own, records: pending.flatMap((condition) => tellPending(state, condition, now)) };
}

/** The old container ended while its candidate waited: the lineage moves on, and so do the conditions that both have. */
function succeed(
  state: ConditionState,
  old: Container,
  next: { readonly waiting: Container; readonly now: number },
): readonly FindingRecord[] {
  const { pendingUntil: _until, ...waiting } = next.waiting;
  state.containers.set({ ...waiting, lineage: old.lineage });
  const pending = state.told.of(waiting.host.id, waiting.id).filter((condition) => condition.pending !== undefined);
  return pending.flatMap((condition) => {
    const held = state.told.find(old.host.id, old.id, condition);
    // It ended on the old container in the meantime: then it begins anew.
    if (held === undefined) return tellPending(state, condition, next.now);
    moveTo(state, held, waiting.id);
    return [];
  });
}

/** A condition that was told goes on with another container of the lineage. */
export function moveTo(state: ConditionState, condition: Condition, holder: string): void {
  state.told.delete(condition);
  state.told.set({ ...condition, holder });
}
