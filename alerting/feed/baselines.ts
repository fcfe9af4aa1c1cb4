import { baselineParts } from '../../shared/baseline-state.ts';
import { type BaselineView, describeBaselines } from '../../shared/baseline-view.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { LogToRead } from './log-questions.ts';

const parts: ReadonlySet<string> = new Set(Object.values(baselineParts));

/** The baselines as the analyzer's state has them now. It is read anew for every question: it is asked seldom, and large. */
export async function readBaselines(log: LogToRead): Promise<readonly BaselineView[]> {
  const state = new Map<string, string>();
  for await (const { records } of log.read(topic.analyzerState, { from: 'oldest', follow: false })) {
    for (const { key, value } of records) {
      if (!parts.has(key.split('/', 3)[2] ?? '')) continue;
      if (value === null) state.delete(key);
      else state.set(key, value);
    }
  }
  return describeBaselines(state);
}

/** A baseline without its items, for lists. */
export function summaryOf({ items, ...rest }: BaselineView): Omit<BaselineView, 'items'> & { readonly items: number } {
  return { ...rest, items: items.length };
}

/** The baselines of one workload, by id or name. */
export const baselinesOf = (views: readonly BaselineView[], workload: string): readonly BaselineView[] =>
  views.filter((view) => view.workload.id === workload || view.workload.name === workload);
