import type { Severity } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';

/** What a rule file says of itself, after parsing; one per YAML document. */
export interface RuleInfo {
  readonly id: string;
  readonly title: string;
  readonly level: Severity;
  readonly status?: string;
  readonly logsource: { readonly product?: string; readonly category?: string; readonly service?: string };
  /** Custom attribute `catalogue`: rows of the detection catalogue, `CFG-01`. Empty for foreign rules. */
  readonly catalogue: readonly string[];
  /** Custom attribute `nature` (default event): whether a match says that something happened, or that something is so. */
  readonly nature: 'event' | 'condition';
  /** Custom attribute `tier` (default engine). */
  readonly tier: string;
  /** Custom attribute `summary`: one sentence with `{field}` places, filled from the observation. Default: the title. */
  readonly summary: string;
  readonly description: string;
  /** Custom attributes `why` and `check`: plain words for the person who gets it. */
  readonly why: string;
  readonly check: readonly string[];
  readonly falsePositives: readonly string[];
  /** From tags `attack.tNNNN` and `attack.<tactic>`. */
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  /** Every field that the detection reads, in order of appearance: what a finding shows of its observation. */
  readonly fields: readonly string[];
  /** SHA-256 of the document's meaning. */
  readonly hash: string;
  readonly file: string;
  readonly line: number;
}

export interface CompiledRule extends RuleInfo {
  matches(observation: Observation): boolean;
}

/** Why a document was not loaded, or what is odd about it. Lines and columns count from 1. */
export interface RuleProblem {
  readonly severity: 'error' | 'warning';
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Compiled rules by log source. Immutable: a reload makes a new one. */
export interface RuleSet {
  /** Hash over the hashes of all rules, sorted. */
  readonly hash: string;
  readonly rules: readonly CompiledRule[];
  readonly problems: readonly RuleProblem[];
  /** All rules that match, in the order of `rules`. A rule that throws is reported through `onError` and taken as not matching. */
  match(observation: Observation, onError?: (rule: RuleInfo, error: unknown) => void): readonly CompiledRule[];
}
