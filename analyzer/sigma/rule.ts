import type { Severity } from '../../shared/finding.ts';
import type { Observation } from '../../shared/observation.ts';
import type { CorrelationSpec } from './correlation/spec.ts';
import type { MatcherStats } from './engine/stats.ts';
import type { Condition, Expression } from './language/expression.ts';
import type { Place, RuleProblem } from './problem.ts';
import type { LogSource } from './taxonomy.ts';

/** What a document says of itself, whether it is a detection or a correlation; one per YAML document. */
export interface RuleInfo {
  readonly id: string;
  /** Sigma's `name`: what correlations and filters may call it by, besides its id. */
  readonly name?: string;
  /** What it is called where only one word is wanted: its id as written, else its name, else its title. */
  readonly label: string;
  readonly title: string;
  readonly level: Severity;
  readonly status?: string;
  readonly logsource: LogSource;
  /** Custom attribute `catalogue`: rows of the detection catalogue, `CFG-01`. Empty for foreign rules. */
  readonly catalogue: readonly string[];
  /** Custom attribute `nature` (default event): whether a match says that something happened, or that something is so. */
  readonly nature: 'event' | 'condition';
  /** Custom attribute `tier` (default engine). */
  readonly tier: string;
  /** Custom attribute `misses`: what of its rows is not seen by it. */
  readonly misses?: string;
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
  /** Every field that is read, in order of appearance: what a finding shows of its observation. */
  readonly fields: readonly string[];
  /** SHA-256 of the document's meaning. */
  readonly hash: string;
  readonly file: string;
  readonly line: number;
  /** The path that was asked for and that the file lies at or below: who is responsible for it. */
  readonly origin: string;
}

/** The part of a rule or filter that looks at one event. */
export interface Detection {
  readonly identifiers: Readonly<Record<string, Expression>>;
  /** Any of them is enough; names are keys of `identifiers`. */
  readonly conditions: readonly Condition[];
}

/** A detection rule: plain data, no closures (it is cached and hashed). */
export interface Rule extends RuleInfo {
  readonly kind: 'rule';
  readonly detection: Detection;
}

/** A correlation rule (specification 2.1, "Correlations"). */
export interface Correlation extends RuleInfo {
  readonly kind: 'correlation';
  readonly correlation: CorrelationSpec;
  readonly places: ReferencePlaces;
}

/** Where a document refers to others: what is wrong with that shows only when all are put together. */
export interface ReferencePlaces {
  /** As many, and in the same order, as the document names rules. */
  readonly rules: readonly Place[];
  readonly aliases: Readonly<Record<string, Place>>;
}

/** A filter (specification 2.1, "Filters"): what it makes false of the rules it names is suppressed. */
export interface Filter {
  readonly kind: 'filter';
  readonly id: string;
  readonly name?: string;
  readonly label: string;
  readonly title: string;
  readonly logsource: LogSource;
  /** Ids or names; `any` is every rule that its log source covers. */
  readonly rules: readonly string[] | 'any';
  readonly places: ReferencePlaces;
  readonly detection: Detection;
  readonly hash: string;
  readonly file: string;
  readonly line: number;
  readonly origin: string;
}

export type RuleDocument = Rule | Correlation | Filter;

export type { Place, RuleProblem };

/** A correlation whose references are known. */
export interface LinkedCorrelation {
  readonly correlation: Correlation;
  /** Ids of the rules and correlations that it refers to, in the order written. */
  readonly rules: readonly string[];
  /** Changes with the correlation and with whatever it hears of, inner ones and their rules included. */
  readonly hash: string;
  /** Per id of a rule: what a name in group-by or condition stands for in its events; names without an entry are fields. */
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A rule that matched, and the filters that hide it; none: it is told. */
export interface RuleMatch {
  readonly rule: Rule;
  readonly hiddenBy: readonly Filter[];
}

/** Everything that is in use, linked and indexed by log source. Immutable: a reload makes a new one. */
export interface RuleSet {
  /** Hash over the hashes of all rules, correlations and filters, sorted. */
  readonly hash: string;
  readonly rules: readonly Rule[];
  /** An inner one before those that refer to it. */
  readonly correlations: readonly LinkedCorrelation[];
  readonly filters: readonly Filter[];
  readonly problems: readonly RuleProblem[];
  /** Ids of rules and correlations that only feed a correlation (`generate: false`) and are not told on their own. */
  readonly silent: ReadonlySet<string>;
  /** All rules that match, in the order of `rules`. A rule that throws is reported through `onError` and taken as not matching. */
  match(observation: Observation, onError?: (rule: RuleInfo, error: unknown) => void): readonly RuleMatch[];
  /** Builds the index, a log source at each step: what would otherwise be done when the first observation of it comes. */
  prepare(): Iterable<void>;
  /** How well the index works, by log sources of the observations that came; those that reach the same rules are counted together. */
  stats(): ReadonlyMap<string, MatcherStats>;
}
