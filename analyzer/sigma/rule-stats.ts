import { alwaysTriedFor } from './always-tried.ts';
import { createDetector, type Detector, type LinkedRules } from './compile.ts';
import type { MatcherStats } from './engine/stats.ts';
import type { Fields } from './fields.ts';
import type { Rule } from './rule.ts';

/** How much work a set of rules is, whatever is looked at. */
export interface RuleStats {
  readonly rules: number;
  readonly sequences: number;
  readonly filters: number;
  /** Different tests, those that need no look at a value included. */
  readonly predicates: number;
  /** Facts that the scan of an event settles: literals in fields, and what is known of fields. */
  readonly atoms: number;
  /** Rules by what makes them candidates. */
  readonly witnesses: MatcherStats['witnesses'];
  /** Part of the rules that is tried on every event of its log source, 0–1. */
  readonly alwaysShare: number;
  readonly always: readonly AlwaysTried[];
}

export interface AlwaysTried {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  readonly file: string;
  readonly line: number;
  /** Parts for which nothing has to be in the event. */
  readonly why: readonly string[];
}

/** All rules as one index, log sources aside; the detector answers for events of any. */
export function measureRules(
  linked: LinkedRules,
  fields: Fields,
): { readonly stats: RuleStats; readonly detector: Detector } {
  const { rules, correlations, filters } = linked;
  const detector = createDetector(linked, fields);
  const { predicates, atoms, witnesses } = detector.matcher.stats();
  const always = rules.flatMap(alwaysTried);
  return {
    detector,
    stats: {
      rules: rules.length,
      sequences: correlations.length,
      filters: filters.length,
      predicates,
      atoms,
      witnesses,
      alwaysShare: rules.length === 0 ? 0 : witnesses.always / rules.length,
      always,
    },
  };
}

function alwaysTried({ id, label, title, file, line, detection }: Rule): readonly AlwaysTried[] {
  const why = alwaysTriedFor(detection);
  return why.length === 0 ? [] : [{ id, label, title, file, line, why }];
}

/** What became of events, over one index. */
export interface MeasuredEvents {
  /** `exec linux/process_creation`; empty when log sources are left aside. */
  readonly logsource: string;
  readonly rules: number;
  readonly events: number;
  /** Rules tried, and rules that matched, over all events. */
  readonly candidates: number;
  readonly matches: number;
}

export const measuredOf = (
  logsource: string,
  { entries, events, candidates, matches }: MatcherStats,
): MeasuredEvents => ({
  logsource,
  rules: entries,
  events,
  candidates,
  matches,
});
