import { contentHash } from '../../shared/hash.ts';
import { type Observation, observationKinds } from '../../shared/observation.ts';
import { linkCorrelations } from './correlation/link.ts';
import { createMatcher, type Matcher } from './engine/matcher.ts';
import type { MatcherStats } from './engine/stats.ts';
import { type Fields, observationFields } from './fields.ts';
import { expressionOf } from './language/detection.ts';
import { type FilterLink, linkFilters } from './link-filters.ts';
import type { Filter, LinkedCorrelation, Rule, RuleDocument, RuleMatch, RuleProblem, RuleSet } from './rule.ts';
import { applies, logSourcesOf } from './taxonomy.ts';

/** Makes a set of rules that answers for observations. The second of two documents with one id is refused. */
export function compileRules(all: readonly RuleDocument[], found: readonly RuleProblem[] = []): RuleSet {
  const linked = linkRules(all);
  const { rules, filters } = linked;
  const routes = new Map<string, Detector>();
  const indexOf = createIndexes(linked);
  // Rules that can apply to observations with these log sources; worked out once for each kind that turns up.
  const routed = (observation: Pick<Observation, 'kind' | 'event' | 'network'>): Detector => {
    const sources = logSourcesOf(observation);
    const key = sources.map(({ category }) => category).join(' ');
    const known = routes.get(key);
    if (known !== undefined) return known;
    const detector = indexOf(rules.filter(({ logsource }) => sources.some((source) => applies(logsource, source))));
    routes.set(key, detector);
    return detector;
  };
  return {
    hash: contentHash(
      [...rules, ...linked.correlations.map(({ correlation }) => correlation), ...filters]
        .map(({ hash }) => hash)
        .sort(),
    ),
    rules,
    correlations: linked.correlations,
    filters,
    problems: [...found, ...linked.problems],
    silent: linked.silent,
    match: (observation, onError) => routed(observation).match(observation, (rule, error) => onError?.(rule, error)),
    *prepare() {
      for (const kind of observationKinds) {
        // Whatever of an observation decides its log sources, both ways.
        routed({ kind, event: { source: 'monitor', action: 'exec_start' } });
        yield;
        routed({ kind, event: { source: 'monitor', action: 'other' }, network: { direction: 'listen' } });
        yield;
      }
    },
    stats: () => statsOf(routes),
  };
}

/** Log sources that reach the same rules have one index. */
function createIndexes({ rules, links }: LinkedRules): (reached: readonly Rule[]) => Detector {
  const places = new Map(rules.map((rule, index) => [rule, index]));
  const made = new Map<string, Detector>();
  return (reached) => {
    const key = reached.map((rule) => places.get(rule)).join(' ');
    const detector = made.get(key) ?? createDetector({ rules: reached, links }, observationFields);
    made.set(key, detector);
    return detector;
  };
}

/** By index: the log sources that have it in common, in the order in which they turned up. */
function statsOf(routes: ReadonlyMap<string, Detector>): ReadonlyMap<string, MatcherStats> {
  const sources = new Map<Detector, readonly string[]>();
  for (const [key, detector] of routes) sources.set(detector, [...(sources.get(detector) ?? []), key]);
  return new Map([...sources].map(([{ matcher }, keys]) => [keys.join(', '), matcher.stats()]));
}

/** Rules over events of one shape, log sources aside. */
export interface Detector {
  readonly matcher: Matcher;
  match(event: unknown, onError?: (rule: Rule, error: unknown) => void): readonly RuleMatch[];
  /** The same for numbers that the matcher has given for the event just finished. */
  matchesOf(entries: readonly number[]): readonly RuleMatch[];
}

export function createDetector(
  { rules, links }: { readonly rules: readonly Rule[]; readonly links: ReadonlyMap<Rule, readonly FilterLink[]> },
  fields: Fields,
): Detector {
  const entries = rules.map((rule) => ({
    expression: expressionOf(rule.detection),
    further: (links.get(rule) ?? []).map(({ expression }) => expression),
  }));
  const matcher = createMatcher(entries, fields);
  const matchesOf = (numbers: readonly number[]): readonly RuleMatch[] =>
    numbers.flatMap((entry) => {
      const rule = rules[entry];
      if (rule === undefined) return [];
      const linked = links.get(rule);
      return { rule, hiddenBy: linked === undefined ? noFilters : hiding(linked, matcher.fails(entry)) };
    });
  return {
    matcher,
    matchesOf,
    match: (event, onError) =>
      matchesOf(
        matcher.match(event, (entry, error) => {
          const rule = rules[entry];
          if (rule !== undefined) onError?.(rule, error);
        }),
      ),
  };
}

const noFilters: readonly Filter[] = [];
const hiding = (links: readonly FilterLink[], failed: readonly number[]): readonly Filter[] =>
  failed.flatMap((index) => links[index]?.filter ?? []);

/** Documents that know each other: what refers to nothing, or twice to the same, is refused. */
export interface LinkedRules {
  readonly rules: readonly Rule[];
  readonly correlations: readonly LinkedCorrelation[];
  readonly filters: readonly Filter[];
  readonly links: ReadonlyMap<Rule, readonly FilterLink[]>;
  readonly neverHidden: ReadonlyMap<Filter, readonly Rule[]>;
  readonly silent: ReadonlySet<string>;
  readonly problems: readonly RuleProblem[];
}

export function linkRules(all: readonly RuleDocument[]): LinkedRules {
  const { documents, problems } = withoutDoubles(all);
  const rules = documents.filter((document) => document.kind === 'rule');
  const correlations = linkCorrelations(
    documents.filter((document) => document.kind === 'correlation'),
    rules,
  );
  const filters = linkFilters(
    documents.filter((document) => document.kind === 'filter'),
    documents,
    correlations.correlations,
  );
  return {
    rules,
    correlations: correlations.correlations,
    filters: filters.filters,
    links: filters.links,
    neverHidden: filters.neverHidden,
    silent: correlations.silent,
    problems: [...problems, ...correlations.problems, ...filters.problems],
  };
}

function withoutDoubles(all: readonly RuleDocument[]): {
  readonly documents: readonly RuleDocument[];
  readonly problems: readonly RuleProblem[];
} {
  const documents = new Map<string, RuleDocument>();
  const problems: RuleProblem[] = [];
  for (const document of all) {
    const first = documents.get(document.id);
    if (first === undefined) documents.set(document.id, document);
    else {
      const message = `id ${document.id} is that of ${first.file}:${first.line} already; this rule is not used`;
      problems.push({ severity: 'error', file: document.file, line: document.line, column: 1, message });
    }
  }
  return { documents: [...documents.values()], problems };
}
