import type { DecisionAnswer } from '../../shared/decision.ts';

/** What became of an order; one sentence. */
export interface Outcome {
  readonly result: DecisionAnswer['result'];
  readonly text: string;
  /** Id of the incident in which the one that it is about goes on. */
  readonly successor?: string;
}

export const applied = (text: string): Outcome => ({ result: 'applied', text });
export const refused = (text: string): Outcome => ({ result: 'refused', text });
