import { baselineParts } from '../../shared/baseline-state.ts';
import { type BaselineView, describeBaselines } from '../../shared/baseline-view.ts';
import { readLatest } from '../../shared/bus/read-latest.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { LogToRead } from './log-questions.ts';

const parts: ReadonlySet<string> = new Set(Object.values(baselineParts));

/**
 * The baselines as the analyzer's state has them now. It is read anew for every question: it is asked seldom, and large.
 * @param startsApart as the configuration says: whether what comes right after a start is learned apart
 */
export async function readBaselines(log: LogToRead, startsApart = true): Promise<readonly BaselineView[]> {
  const latest = await readLatest(log, topic.analyzerState, { wanted: (key) => parts.has(key.split('/', 3)[2] ?? '') });
  const state = new Map([...latest].map(([key, { value }]) => [key, value ?? '']));
  return describeBaselines(state, undefined, startsApart);
}

/** A baseline without its items, for lists. */
export function summaryOf({ items, ...rest }: BaselineView): Omit<BaselineView, 'items'> & { readonly items: number } {
  return { ...rest, items: items.length };
}

/** The baselines of one workload, by id or name. */
export const baselinesOf = (views: readonly BaselineView[], workload: string): readonly BaselineView[] =>
  views.filter((view) => view.workload.id === workload || view.workload.name === workload);
