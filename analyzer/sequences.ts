import { z } from 'zod';
import { deriveId } from '../shared/hash.ts';
import type { Observation } from '../shared/observation.ts';
import type { Happening } from '../shared/telemetry/happenings.ts';
import type { Completed, Correlator, GroupState, GroupStore } from './sigma/correlation/contract.ts';
import { createCorrelator, type Inexact, stateKey } from './sigma/correlation/correlator.ts';
import { observationFields, remembered } from './sigma/fields.ts';
import type { Correlation, Rule, RuleSet } from './sigma/rule.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

/** So many groups are remembered per partition; those that heard nothing for the longest go first. */
const groupsPerPartition = 20_000;

const part = 'sequences';

const groupSchema = z.object({
  /** Which correlation, in which version. */
  correlation: z.string(),
  state: z.object({
    times: z.array(z.number()),
    values: z.array(z.union([z.number(), z.string()])),
    open: z.boolean(),
    exactFrom: z.number().optional(),
  }),
  /** Record time at which an event was last put into it, and at which it is forgotten. */
  heardAt: z.number(),
  wakeAt: z.number(),
});
interface Group extends Omit<z.infer<typeof groupSchema>, 'state'> {
  readonly state: GroupState;
}

/** Open sequences of the hosts of a partition. Each has the state of its own version: a correlation begins anew when it, or a rule that it hears of, changes. */
export interface Sequences {
  /** Forgets the groups in which nothing counts any more. */
  fire(now: number): void;
  /** Takes the rules that an observation matches, in their order; gives the correlations that became true with it. */
  take(rules: readonly Rule[], observation: Observation, now: number): readonly Completed[];
  /** The rules in use, before each batch: the state of correlations that are no longer among them is dropped. */
  use(rules: RuleSet): void;
  takeHappenings(): readonly Happening[];
  readonly table: Pick<Table<unknown>, 'takeChanges'>;
  next(): number | undefined;
}

export function createSequences(restored: Restored): Sequences {
  const table = createTable<Group>({
    ...restored,
    part,
    parse: (value) => parseGroup(value),
    cap: groupsPerPartition,
    worth: ({ heardAt }) => heardAt,
    wake: ({ wakeAt }) => wakeAt,
  });
  const inexact = new Map<string, Extract<Happening, { name: 'sequenceInexact' }>>();
  const onInexact = ({ id }: Correlation, reason: Inexact): void => {
    const count = (inexact.get(`${reason} ${id}`)?.count ?? 0) + 1;
    inexact.set(`${reason} ${id}`, { name: 'sequenceInexact', rule: id, reason, count });
  };
  const fields = remembered(observationFields);
  let clock = 0;
  const store = storeOver(table, () => clock);
  let using: { readonly rules: RuleSet; readonly correlator: Correlator } | undefined;

  return {
    use(rules) {
      if (using?.rules === rules) return;
      using = { rules, correlator: createCorrelator(rules.correlations, store, { onInexact }) };
      const known = new Set(rules.correlations.map(stateKey));
      for (const [key, { correlation }] of table.all()) if (!known.has(correlation)) table.delete(key);
    },
    fire(now) {
      for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
    },
    take(rules, observation, now) {
      if (using === undefined || using.rules.correlations.length === 0) return [];
      clock = now;
      const read = (field: string): readonly unknown[] => fields(field)(observation).values;
      return using.correlator.take(
        rules.map(({ id }) => ({ rule: id, at: observation.at, read })),
        observation.host.id,
      );
    },
    takeHappenings() {
      const taken: Happening[] = [...inexact.values()];
      inexact.clear();
      const count = table.takeEvicted();
      return count === 0 ? taken : [...taken, { name: 'stateEvicted', part, count }];
    },
    table,
    next: () => table.next(),
  };
}

function parseGroup(value: unknown): Group {
  const { state, ...group } = groupSchema.parse(value);
  const { times, values, open, exactFrom } = state;
  return { ...group, state: { times, values, open, ...(exactFrom === undefined ? {} : { exactFrom }) } };
}

/**
 * Groups of the correlator in the table. What was spooled comes long after it happened: so a group is kept for its time after it last heard
 * something, by the time of the records.
 */
function storeOver(table: Table<Group>, clock: () => number): GroupStore {
  // A key is scope, correlation and values, one a line; the scope is the host. Values may be long, so they are hashed.
  const place = (key: string) => {
    const [scope = '', correlation = ''] = key.split('\n', 2);
    return { key: entityKey(scope, part, deriveId(key)), correlation };
  };
  return {
    get: (key) => table.get(place(key).key)?.state,
    set(key, state, expiresAt) {
      const { key: entity, correlation } = place(key);
      const now = clock();
      const last = state.times.at(-1) ?? expiresAt;
      table.set(entity, { correlation, state, heardAt: now, wakeAt: Math.max(expiresAt, now + expiresAt - last) });
    },
    delete: (key) => table.delete(place(key).key),
  };
}
