import type { Finding, FindingRecord } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import { cappedRef } from '../capped.ts';
import type { Restored, Table } from '../table.ts';
import { createContainers } from './containers.ts';
import { type ConditionState, destroyed, end, evicted, fire, forget, moveTo } from './endings.ts';
import { type Container, holdMs, ownLineage } from './lineage.ts';
import {
  type Condition,
  type ConditionKey,
  createTold,
  hostHolder,
  isMissing,
  isSameCondition,
  objectOf,
} from './told.ts';

/** A condition that a rule found to be so in an observation. */
export interface Match {
  /** Catalogue rows of the rule, or its id when it names none. */
  readonly row: string;
  readonly level: ConditionKey['level'];
  /** Makes the finding that tells it. */
  finding(about: { readonly lineage: string; readonly subject: string }): Finding;
}

/**
 * What is so on the hosts of a partition (design §4 Identity, conditions): each condition is told once, begins and ends by observation,
 * and is continued silently by a container that replaces another.
 */
export interface Conditions {
  /** Fires what is due at `now`: candidates that replaced nobody, conditions whose container is gone for good. */
  fire(now: number): readonly FindingRecord[];
  /** Notes the container of an observation; returns its lineage. Call it before `observe`. */
  note(observation: Observation, now: number): string | undefined;
  /** Takes an observation with the conditions that rules found in it. */
  observe(observation: Observation, now: number, matches: readonly Match[]): readonly FindingRecord[];
  container(host: string, id: string | undefined): Container | undefined;
  readonly tables: readonly Pick<Table<unknown>, 'takeChanges' | 'takeEvicted'>[];
  next(): number | undefined;
}

export function createConditions(restored: Restored): Conditions {
  const containers = createContainers(restored);
  const told = createTold(restored);
  const state: ConditionState = { containers, told };
  return {
    fire: (now) => fire(state, now),
    note(observation, now) {
      const id = observation.container?.id;
      if (id === undefined) return undefined;
      if (observation.kind === 'container_configuration') containers.note(observation, now);
      return containers.get(observation.host.id, id)?.lineage ?? ownLineage(observation.host.id, id);
    },
    observe: (observation, now, matches) => [
      ...ended(state, observation, { now, matches }),
      // What gives way ends before the next match may tell it anew.
      ...matches.flatMap((match) => [...begin(state, match, { observation, now }), ...evicted(state, now)]),
      ...(isDestroy(observation) ? destroyed(state, observation, now) : []),
      ...forget(state, now),
    ],
    container: (host, id) => containers.get(host, id),
    tables: [containers.table, told.table],
    next: () => containers.table.next(),
  };
}

const isDestroy = (observation: Observation): boolean =>
  observation.kind === 'container_lifecycle' && observation.event.action === 'destroy';

const holderOf = (observation: Observation): string => observation.container?.id ?? hostHolder;

/** Ends what the observation says is no longer so: its object without the match, and objects its snapshot no longer has. */
function ended(
  state: ConditionState,
  observation: Observation,
  { now, matches }: { readonly now: number; readonly matches: readonly Match[] },
): readonly FindingRecord[] {
  const told = state.told.of(observation.host.id, holderOf(observation));
  if (told.length === 0) return [];
  const object = objectOf(observation);
  const at = observation.at;
  const stillSo = (condition: Condition): boolean =>
    matches.some((match) => isSameCondition(condition, { row: match.row, level: match.level, object }));
  return told.flatMap((condition) => {
    if (condition.object === object && !stillSo(condition)) {
      return end(state, condition, { at, now, reason: 'it is no longer so' });
    }
    return isMissing(condition.object, observation)
      ? end(state, condition, { at, now, reason: 'its object is gone' })
      : [];
  });
}

/** Tells a condition that was not so before, unless its container continues one that has it, or may yet turn out to. */
function begin(
  state: ConditionState,
  match: Match,
  { observation, now }: { readonly observation: Observation; readonly now: number },
): readonly FindingRecord[] {
  const { row, level } = match;
  const object = objectOf(observation);
  const host = cappedRef(observation.host);
  const holder = holderOf(observation);
  if (state.told.find(host.id, holder, { row, level, object }) !== undefined) return [];

  const container = state.containers.get(host.id, observation.container?.id);
  if (container?.endedAt !== undefined) state.containers.set({ ...container, holdUntil: now + holdMs });
  const predecessor = state.containers.get(host.id, container?.predecessor);
  const held = predecessor && state.told.find(host.id, predecessor.id, { row, level, object });
  if (held !== undefined && predecessor?.endedAt !== undefined) {
    moveTo(state, held, holder);
    return [];
  }
  const lineage = container?.lineage ?? (observation.container === undefined ? host.id : ownLineage(host.id, holder));
  const subject = [lineage, row, level, object].join('/');
  // A container that continues this lineage has it: what is heard late of the old one says nothing new.
  if (state.told.isOpen(host.id, subject)) return [];
  const finding = match.finding({ lineage, subject });
  const condition: Condition = { host, holder, row, object, level, subject, lineage, finding: finding.id, since: now };
  // The old one lives: whether it is replaced shows within the minute.
  if (held !== undefined) {
    state.told.set({ ...condition, pending: finding });
    return [];
  }
  state.told.set(condition);
  return [{ type: 'finding', finding }];
}
