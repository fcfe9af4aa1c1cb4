import { z } from 'zod';
import type { Output, StateChange } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { deriveId } from '../shared/hash.ts';
import type { HostRef, Observation } from '../shared/observation.ts';
import { type Outline, outlineOf, outlineSchema, partsOf, rulesChange, wholeOf } from './rule-set-outline.ts';
import type { RuleSet } from './sigma/rule.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

const key = entityKey('-', 'rule-set');
const schema = z.object({
  hash: z.string(),
  since: z.number(),
  /** Version of Moorwatch. */
  version: z.string().optional(),
});

/** Which rule set a partition was last judged by, and what was in it. */
export interface RuleSetInUse {
  readonly set: Table<z.infer<typeof schema>>;
  readonly outline: Table<Outline>;
}

const mostParts = 128;

export const restoreRuleSetInUse = (restored: Restored): RuleSetInUse => ({
  set: createTable({ ...restored, part: 'rule-set', parse: (value) => schema.parse(value), cap: 1, worth: () => 0 }),
  outline: createTable({
    ...restored,
    part: 'rule-set-outline',
    parse: (value) => outlineSchema.parse(value),
    cap: mostParts,
    worth: () => 0,
  }),
});

function keepOutline(table: Table<Outline>, outline: Outline): void {
  const parts = partsOf(outline).slice(0, mostParts);
  const keys = parts.map((_, index) => entityKey('-', 'rule-set-outline', String(index)));
  for (const [known] of table.all()) if (!keys.includes(known)) table.delete(known);
  for (const [index, part] of parts.entries()) table.set(keys[index] ?? '', part);
}

export interface RuleSetChange {
  readonly outputs: readonly Output[];
  readonly state: readonly StateChange[];
  /** MON-04 */
  readonly observation?: Observation;
}

export interface RuleSetNote {
  readonly partition: number;
  readonly now: number;
  readonly version: string;
  /** Hosts that the partition judges. */
  hosts(): readonly HostRef[];
}

/** A change of the rule set is told in the log: record `analyzer/ruleset/<partition>` of the topic `status`, and an observation to judge. */
export function noteRuleSet(
  inUse: RuleSetInUse,
  rules: Pick<RuleSet, 'hash' | 'rules' | 'correlations' | 'filters'>,
  note: RuleSetNote,
): readonly [RuleSetInUse, RuleSetChange] {
  const before = inUse.set.get(key);
  const { hash } = rules;
  if (before?.hash === hash) return [inUse, { outputs: [], state: [] }];
  const outline = outlineOf(rules);
  const known = inUse.outline.all().map(([, part]) => part);
  inUse.set.set(key, { hash, since: note.now, version: note.version });
  keepOutline(inUse.outline, outline);
  const value = { part: 'analyzer', ruleSet: hash, since: note.now, ...(before && { previous: before.hash }) };
  const record = { key: `analyzer/ruleset/${note.partition}`, value: JSON.stringify(value), at: note.now };
  const observation =
    before && known.length > 0
      ? changeSeen({ ...before, outline: wholeOf(known) }, { hash, outline }, note)
      : undefined;
  return [
    inUse,
    {
      outputs: [{ topic: topic.status, record }],
      state: [...inUse.set.takeChanges(), ...inUse.outline.takeChanges()],
      ...(observation === undefined ? {} : { observation }),
    },
  ];
}

/** Every partition tells it once, of the first of its hosts: there is none that the rules belong to. */
function changeSeen(
  before: { readonly hash: string; readonly version?: string | undefined; readonly outline: Outline },
  now: { readonly hash: string; readonly outline: Outline },
  { partition, now: at, version, hosts }: RuleSetNote,
): Observation | undefined {
  const host = hosts()[0];
  if (host === undefined) return undefined;
  const change = rulesChange(before.outline, now.outline);
  return {
    id: deriveId('rules-changed', partition, before.hash, now.hash, at),
    kind: 'monitor',
    at,
    event: { source: 'monitor', action: 'rules_changed' },
    host,
    monitor: {
      rules: {
        before: before.hash.slice(0, 12),
        now: now.hash.slice(0, 12),
        ...change,
        upgraded: before.version !== version,
      },
    },
  };
}
