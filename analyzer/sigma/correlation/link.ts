import { dirname } from 'node:path';
import { contentHash } from '../../../shared/hash.ts';
import { didYouMean } from '../language/source.ts';
import type { Place, RuleProblem } from '../problem.ts';
import type { Correlation, LinkedCorrelation, Rule } from '../rule.ts';

export interface Linked {
  /** Those that can run, an inner one before those that refer to it. */
  readonly correlations: readonly LinkedCorrelation[];
  /** Ids of what is not told on its own, because a correlation without `generate: true` refers to it. */
  readonly silent: ReadonlySet<string>;
  /** Errors: the correlation does not run. Warnings: it runs, but silences nothing of another directory. */
  readonly problems: readonly RuleProblem[];
}

/** The part of a rule that references are resolved by. */
export type Referable = Pick<Rule, 'id' | 'name' | 'file' | 'origin' | 'hash'>;

/**
 * Resolves the references of correlations to rules and to each other. A name means the nearest that has it: in the same file, else in the
 * same directory that was asked for, else anywhere; so no file takes a reference of another directory away by a name or id of its own.
 */
export function linkCorrelations(correlations: readonly Correlation[], rules: readonly Referable[]): Linked {
  const known = createDirectory([...rules, ...correlations]);
  const state: State = { known, byId: new Map(correlations.map((one) => [one.id, one])), outcome: new Map() };
  const problems: RuleProblem[] = [];
  const linked: LinkedCorrelation[] = [];
  for (const correlation of correlations) {
    for (const outcome of visit(state, correlation, [])) {
      if ('refused' in outcome) problems.push(...outcome.refused);
      else linked.push(outcome.linked);
    }
  }
  const silencing = silence(linked, new Map([...rules, ...correlations].map((one) => [one.id, one])));
  return { correlations: linked, silent: silencing.silent, problems: [...problems, ...silencing.problems] };
}

type Outcome = { readonly linked: LinkedCorrelation } | { readonly refused: readonly RuleProblem[] };

interface State {
  readonly known: Directory;
  readonly byId: ReadonlyMap<string, Correlation>;
  readonly outcome: Map<string, Outcome>;
}

/** At a reference where its place is known, else where the correlation begins. */
const problem = (
  { file, line }: Correlation,
  severity: RuleProblem['severity'],
  { message, place }: { readonly message: string; readonly place: Place | undefined },
): RuleProblem => ({ severity, file, line, column: 1, ...place, message });

/** Depth first: outcomes of what was not visited yet, inner ones first. `path`: those that are being visited. */
function visit(state: State, correlation: Correlation, path: readonly Correlation[]): readonly Outcome[] {
  if (state.outcome.has(correlation.id)) return [];
  const inner: Outcome[] = [];
  const refused: RuleProblem[] = [];
  const ids: string[] = [];
  for (const [index, reference] of correlation.correlation.rules.entries()) {
    const error = (message: string): RuleProblem =>
      problem(correlation, 'error', { message, place: correlation.places.rules[index] });
    const found = state.known.find(reference, correlation);
    if ('message' in found) {
      refused.push(error(`rules: ${found.message}`));
      continue;
    }
    if (ids.includes(found.id)) refused.push(error(`rules: ${reference} is named twice, by its id and by its name`));
    ids.push(found.id);
    const referred = state.byId.get(found.id);
    if (referred === undefined) continue;
    const circle = [...path, correlation];
    const start = circle.findIndex(({ id }) => id === referred.id);
    if (start >= 0) {
      const names = [...circle.slice(start), referred].map((one) => one.name ?? one.id);
      refused.push(error(`rules: ${names.join(' → ')} is a circle`));
      continue;
    }
    inner.push(...visit(state, referred, circle));
    const outcome = state.outcome.get(referred.id);
    if (outcome === undefined || 'refused' in outcome)
      refused.push(error(`rules: ${reference} was refused itself (${referred.file}:${referred.line})`));
  }
  const aliases = refused.length > 0 ? { fields: new Map() } : linkAliases(state.known, correlation, ids);
  if ('refused' in aliases) refused.push(...aliases.refused);
  const outcome: Outcome =
    'fields' in aliases && refused.length === 0
      ? { linked: { correlation, rules: ids, hash: hashOf(state, correlation, ids), fields: aliases.fields } }
      : { refused };
  state.outcome.set(correlation.id, outcome);
  return [...inner, outcome];
}

/** What fills the groups of a correlation is part of what they mean. */
function hashOf({ known, outcome }: State, { hash }: Correlation, ids: readonly string[]): string {
  const heard = ids.map((id) => {
    const inner = outcome.get(id);
    return [id, inner !== undefined && 'linked' in inner ? inner.linked.hash : known.hash(id)];
  });
  return contentHash([hash, heard]);
}

function linkAliases(
  known: Directory,
  correlation: Correlation,
  ids: readonly string[],
): { readonly fields: Map<string, Map<string, string>> } | { readonly refused: readonly RuleProblem[] } {
  const { aliases, groupBy, fields: counted, rules } = correlation.correlation;
  const { places } = correlation;
  const refused: RuleProblem[] = [];
  const fields = new Map<string, Map<string, string>>();
  for (const [alias, mapping] of Object.entries(aliases)) {
    const refuse = (message: string): void => {
      const place = Object.hasOwn(places.aliases, alias) ? places.aliases[alias] : undefined;
      refused.push(problem(correlation, 'error', { message: `aliases: ${message}`, place }));
    };
    const used = [...groupBy, ...counted];
    if (!used.includes(alias)) refuse(`neither group-by nor condition uses ${alias}${didYouMean(alias, used)}`);
    for (const [reference, field] of Object.entries(mapping)) {
      const found = known.find(reference, correlation);
      const id = 'message' in found ? undefined : found.id;
      if (id === undefined || !ids.includes(id)) {
        refuse(`${reference} is none of the rules${didYouMean(reference, rules)}`);
        continue;
      }
      const names = fields.get(id) ?? new Map<string, string>();
      fields.set(id, names.set(alias, field));
    }
  }
  return refused.length > 0 ? { refused } : { fields };
}

/** Who may silence whom: all that lies at or below one path that was asked for; for a single file, its directory. */
const owner = ({ origin, file }: Referable): string | undefined => (origin === file ? dirname(file) : origin);

/** One reference without `generate: true` is enough; but never over the border of a directory. */
function silence(
  linked: readonly LinkedCorrelation[],
  known: ReadonlyMap<string, Referable>,
): Pick<Linked, 'silent' | 'problems'> {
  const silent = new Set<string>();
  const problems: RuleProblem[] = [];
  for (const { correlation, rules } of linked) {
    if (correlation.correlation.generate) continue;
    for (const [index, id] of rules.entries()) {
      const rule = known.get(id);
      if (rule === undefined) continue;
      if (owner(rule) === owner(correlation)) silent.add(id);
      else {
        const what = `${rule.name ?? id} (${rule.file}) lies in another directory and is told all the same`;
        const place = correlation.places.rules[index];
        problems.push(problem(correlation, 'warning', { message: `${what}; say generate: true`, place }));
      }
    }
  }
  return { silent, problems };
}

interface Directory {
  hash(id: string): string;
  find(reference: string, from: Referable): Referable | { readonly message: string };
}

function createDirectory(all: readonly Referable[]): Directory {
  const byWord = new Map<string, Referable[]>();
  for (const one of all) {
    for (const word of new Set([one.id, ...(one.name === undefined ? [] : [one.name])])) {
      const list = byWord.get(word);
      if (list === undefined) byWord.set(word, [one]);
      else list.push(one);
    }
  }
  const hashes = new Map(all.map(({ id, hash }) => [id, hash]));
  return {
    hash: (id) => hashes.get(id) ?? '',
    find(reference, from) {
      const candidates = byWord.get(reference) ?? [];
      if (candidates.length === 0)
        return { message: `there is no rule ${reference}${didYouMean(reference, [...byWord.keys()])}` };
      const near = [
        candidates.filter(({ file }) => file === from.file),
        candidates.filter((one) => owner(one) === owner(from)),
        candidates,
      ].find(({ length }) => length > 0);
      const nearest = near ?? candidates;
      const [byId] = nearest.filter(({ id }) => id === reference);
      const [first, ...others] = byId === undefined ? nearest : [byId];
      if (first !== undefined && others.length === 0) return first;
      const places = nearest.map(({ id, file }) => `${id} (${file})`).join(', ');
      return { message: `${reference} is the name of several rules: ${places}; use an id` };
    },
  };
}
