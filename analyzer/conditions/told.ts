import { z } from 'zod';
import { clip } from '../../shared/clip.ts';
import { findingSchema, severities } from '../../shared/finding.ts';
import { deriveId } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';

/** So many conditions are remembered per partition; one that had to give way is told again when it is seen again. */
const conditionsPerPartition = 20_000;
/** Longest object key that is kept as it is, in UTF-16 units. */
const longestObject = 200;

/** What a condition is, apart from whom it is about: equal rows, objects and levels are the same condition. */
export interface ConditionKey {
  /** Catalogue rows of the rule, or its id when it names none. */
  readonly row: string;
  readonly object: string;
  readonly level: (typeof severities)[number];
}

const conditionSchema = z.object({
  host: z.object({ id: z.string(), name: z.string() }),
  /** Container that it holds for now; `-` is the host itself. */
  holder: z.string(),
  row: z.string(),
  object: z.string(),
  level: z.enum(severities),
  subject: z.string(),
  /** Lineage under which it was told. */
  lineage: z.string(),
  /** Id of the finding that told it. */
  finding: z.string(),
  since: z.number(),
  /** Not told yet: it is told when its container turns out to replace none. */
  pending: findingSchema.optional(),
});
export type Condition = z.infer<typeof conditionSchema>;

/** Holder of conditions that no container has. */
export const hostHolder = '-';

/** The conditions that are so, by holder. */
export interface Told {
  of(host: string, holder: string): readonly Condition[];
  find(host: string, holder: string, key: ConditionKey): Condition | undefined;
  /** Whether some container has a condition of this subject. */
  isOpen(host: string, subject: string): boolean;
  set(condition: Condition): void;
  delete(condition: Condition): void;
  /** The conditions that had to give way since the last call. */
  takeForgotten(): readonly Condition[];
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted'>;
}

export function createTold(restored: Restored): Told {
  let forgotten: Condition[] = [];
  const table = createTable<Condition>({
    ...restored,
    part: 'condition',
    parse: (value) => conditionSchema.parse(value),
    cap: conditionsPerPartition,
    worth: (condition) => condition.since,
    groups: ({ host, holder, subject }) => [groupOf(host.id, holder), subjectOf(host.id, subject)],
    onEvict: (_key, condition) => forgotten.push(condition),
  });
  return {
    of: (host, holder) => (table.size === 0 ? [] : table.valuesOf(groupOf(host, holder))),
    find: (host, holder, key) => table.get(keyOf(host, holder, key)),
    isOpen: (host, subject) => table.groupSize(subjectOf(host, subject)) > 0,
    set: (condition) => table.set(keyOf(condition.host.id, condition.holder, condition), condition),
    delete: (condition) => table.delete(keyOf(condition.host.id, condition.holder, condition)),
    takeForgotten() {
      const taken = forgotten;
      forgotten = [];
      return taken;
    },
    table,
  };
}

const groupOf = (host: string, holder: string): string => entityKey(host, 'condition', holder);

const subjectOf = (host: string, subject: string): string => entityKey(host, 'subject', subject);

const keyOf = (host: string, holder: string, { row, object, level }: ConditionKey): string =>
  entityKey(host, 'condition', holder, deriveId(row, object, level));

export const isSameCondition = (a: ConditionKey, b: ConditionKey): boolean =>
  a.row === b.row && a.object === b.object && a.level === b.level;

/** Marks objects that are no part of a snapshot, so that a snapshot without them does not end their conditions. */
const outside = '@';

/** The object that an observation speaks of: that of its snapshot, else its kind and Docker object. */
export function objectOf(observation: Observation): string {
  if (observation.snapshot !== undefined) return shortened(observation.snapshot.object);
  const object = observation.docker === undefined ? [] : [observation.docker.type, observation.docker.id];
  return shortened(outside + [observation.kind, ...object].join(':'));
}

/** Whether a snapshot says that an object is no longer there. */
export function isMissing(object: string, observation: Observation): boolean {
  const objects = observation.snapshot?.objects;
  return objects !== undefined && !object.startsWith(outside) && !objects.some((key) => shortened(key) === object);
}

const shortened = (object: string): string =>
  object.length <= longestObject ? object : `${clip(object, longestObject - 39)}${deriveId(object)}`;
