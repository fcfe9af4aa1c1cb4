import type { RuleProblem } from '../rule.ts';
import type { LintDocument } from './document.ts';

/** What a check found in one document, without the name of the check and the file. */
export type Odd = Pick<RuleProblem, 'line' | 'column' | 'message'>;

/** A kind of thing that is legal and rarely meant. */
export interface LintCheck {
  /** Never changes: it is the rule id of SARIF results, by which people accept what was found. */
  readonly id: string;
  /** One sentence: what it finds and why that matters. */
  readonly about: string;
  readonly look: (document: LintDocument) => readonly Odd[];
}

export interface LintProblem extends RuleProblem {
  /** Id of a check, or what kind of problem the loader told. */
  readonly check: string;
}
