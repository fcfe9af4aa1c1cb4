/** Where something stands in a file; lines and columns count from 1. */
export type Place = Pick<RuleProblem, 'line' | 'column'>;

/** Why a document was not loaded, or what is odd about it. Lines and columns count from 1. */
export interface RuleProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}
