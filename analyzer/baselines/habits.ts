import { z } from 'zod';
import { createTable, entityKey, type Restored, type Table } from '../table.ts';

/** So long after its first finding one rule is trouble. */
export const longestTroubleMs = 3_600_000;
/** So long a rule must have been silent to be trouble again. */
const silentMs = 7 * 86_400_000;
const entriesPerPartition = 16_384;
/** More rules than any rule set has of events; where there are more, the one that was silent for the longest is forgotten. */
const mostRules = 256;

/** First and last finding of each rule, by its id; record time. */
const entrySchema = z.record(z.string(), z.tuple([z.number(), z.number()]));
type Entry = z.infer<typeof entrySchema>;

/**
 * What is found again and again of a lineage or a workload is what it does: whoever watches it has the incident, and learning must not wait for it for
 * ever. So a rule is trouble within an hour of its first finding, and again once it was silent for a week.
 */
export interface Habits {
  /** Notes findings of these rules. @returns whether one of them is trouble still */
  isTrouble(of: HabitOf, rules: readonly string[], now: number): boolean;
  readonly table: Pick<Table<unknown>, 'takeChanges' | 'takeEvicted' | 'next'>;
  /** Forgets what was silent for so long. */
  settle(now: number): void;
}

export interface HabitOf {
  readonly host: string;
  readonly of: 'lineage' | 'workload';
  readonly id: string;
}

export function createHabits(restored: Restored): Habits {
  const table = createTable<Entry>({
    ...restored,
    part: 'habit',
    parse: (value) => entrySchema.parse(value),
    cap: entriesPerPartition,
    worth: lastOf,
    wake: (entry) => lastOf(entry) + silentMs,
  });
  return {
    isTrouble({ host, of, id }, rules, now) {
      const key = entityKey(host, 'habit', of, id);
      const noted = Object.entries(table.get(key) ?? {}).filter(([, [, last]]) => now - last < silentMs);
      const entry = new Map(noted);
      let isTrouble = false;
      for (const rule of rules) {
        const [first] = entry.get(rule) ?? [now];
        isTrouble ||= now - first < longestTroubleMs;
        // Last noted, last forgotten.
        entry.delete(rule);
        entry.set(rule, [first, now]);
      }
      const kept = [...entry].slice(-mostRules);
      table.set(key, Object.fromEntries(kept));
      return isTrouble;
    },
    table,
    settle(now) {
      for (let due = table.due(now); due !== undefined; due = table.due(now)) table.delete(due[0]);
    },
  };
}

const lastOf = (entry: Entry): number => Math.max(0, ...Object.values(entry).map(([, last]) => last));
