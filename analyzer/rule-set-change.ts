import { z } from 'zod';
import type { Output, StateChange } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { createTable, entityKey, type Restored, type Table } from './table.ts';

const key = entityKey('-', 'rule-set');
const schema = z.object({ hash: z.string(), since: z.number() });

/** Which rule set a partition was last judged by. */
export type RuleSetInUse = Table<z.infer<typeof schema>>;

export const restoreRuleSetInUse = (restored: Restored): RuleSetInUse =>
  createTable({ ...restored, part: 'rule-set', parse: (value) => schema.parse(value), cap: 1, worth: () => 0 });

export interface RuleSetChange {
  readonly outputs: readonly Output[];
  readonly state: readonly StateChange[];
}

/** A change of the rule set is told in the log: record `analyzer/ruleset/<partition>` of the topic `status`. */
export function noteRuleSet(
  inUse: RuleSetInUse,
  hash: string,
  at: { readonly partition: number; readonly now: number },
): readonly [RuleSetInUse, RuleSetChange] {
  const before = inUse.get(key);
  if (before?.hash === hash) return [inUse, { outputs: [], state: [] }];
  inUse.set(key, { hash, since: at.now });
  const value = { part: 'analyzer', ruleSet: hash, since: at.now, ...(before && { previous: before.hash }) };
  const record = { key: `analyzer/ruleset/${at.partition}`, value: JSON.stringify(value), at: at.now };
  return [inUse, { outputs: [{ topic: topic.status, record }], state: inUse.takeChanges() }];
}
