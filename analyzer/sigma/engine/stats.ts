/** Numbers that say how well the index does its work. */
export interface MatcherStats {
  readonly entries: number;
  readonly predicates: number;
  readonly atoms: number;
  /** Entries by what makes them candidates; `always`: nothing does, they are tried on every event. */
  readonly witnesses: Readonly<Record<'literal' | 'field' | 'always', number>>;
  readonly events: number;
  /** Entries tried, over all events. */
  readonly candidates: number;
  readonly matches: number;
}
