import type { Requirement, StoredItem } from '../../shared/baseline-state.ts';
import type { BaselineDecision, BaselineOrder, DecisionAnswer } from '../../shared/decision.ts';
import { type Done, doneText } from '../../shared/decision-done.ts';
import { cappedText } from '../capped.ts';
import type { Memories } from './memory.ts';
import type { QuantityStore } from './quantities/store.ts';

/** What an approval keeps of who and why, in UTF-16 units; the whole of it is in the answer. */
const longestNote = 256;

/** What a decision is obeyed with. */
export interface Deciding {
  readonly memories: Memories;
  /** Names of the features that there are. */
  readonly features: readonly string[];
  readonly quantities: QuantityStore;
  readonly needs: Requirement;
  readonly now: number;
  /** Why nothing can be decided here. */
  readonly refusal?: string;
}

/** What became of an order; one sentence. */
export interface Outcome {
  readonly result: DecisionAnswer['result'];
  readonly text: string;
  /** Where it was about several features of a workload, each. */
  readonly features?: readonly Done[];
}

export const applied = (text: string): Outcome => ({ result: 'applied', text });
/** Of one feature or more. */
export const appliedTo = (workload: string, done: readonly Done[]): Outcome => ({
  ...applied(doneText(workload, done)),
  features: done,
});
export const refused = (text: string): Outcome => ({ result: 'refused', text });

export type Of<Type extends BaselineOrder['type']> = Extract<BaselineOrder, { type: Type }>;

/** What an item keeps of who approved it. */
export const approvalOf = ({ actor, reason }: BaselineDecision, at: number): NonNullable<StoredItem['approved']> => ({
  by: cappedText(actor.name, longestNote),
  at,
  reason: cappedText(reason, longestNote),
});

export const unknownMemory = (
  { host }: BaselineDecision,
  order: { readonly workload: string; readonly feature?: string | undefined },
) =>
  `the workload ${order.workload} has no baseline${order.feature === undefined ? '' : ` of ${order.feature}`} on ${host.name}`;
