import { z } from 'zod';
import { clip } from '../shared/clip.ts';
import type { RulesChangeFacts } from '../shared/facts/monitor.ts';
import { deriveId } from '../shared/hash.ts';
import type { RuleSet } from './sigma/rule.ts';

/** What is remembered of a rule set: enough to say what another has less. */
export const outlineSchema = z.object({
  /** By id, of rules and sequences: hash and title. */
  rules: z.record(z.string(), z.tuple([z.string(), z.string()])),
  /** By id: hash, title, hash of its condition, and what it is about; undefined: every rule of its log source. */
  filters: z.record(z.string(), z.tuple([z.string(), z.string(), z.string(), z.array(z.string()).optional()])),
});
export type Outline = z.infer<typeof outlineSchema>;

/** A state value is small (design §4): an outline is kept in parts of at most so many characters. */
const partLength = 32_768;

/** The same outline in parts, in the order of ids. */
export function partsOf({ rules, filters }: Outline): readonly Outline[] {
  const parts: { rules: Outline['rules']; filters: Outline['filters'] }[] = [{ rules: {}, filters: {} }];
  let length = 0;
  const roomFor = (entry: unknown): (typeof parts)[number] => {
    length += JSON.stringify(entry).length;
    if (length > partLength) {
      parts.push({ rules: {}, filters: {} });
      length = 0;
    }
    return parts.at(-1) ?? { rules: {}, filters: {} };
  };
  for (const entry of sorted(rules)) roomFor(entry).rules[entry[0]] = entry[1];
  for (const entry of sorted(filters)) roomFor(entry).filters[entry[0]] = entry[1];
  return parts;
}

const sorted = <T>(all: Readonly<Record<string, T>>): readonly (readonly [string, T])[] =>
  Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1));

export const wholeOf = (parts: readonly Outline[]): Outline => ({
  rules: Object.assign({}, ...parts.map(({ rules }) => rules)) as Outline['rules'],
  filters: Object.assign({}, ...parts.map(({ filters }) => filters)) as Outline['filters'],
});

const longestTitle = 80;
/** Of a filter that names more rules, only whether they are the same ones is kept. */
const mostAbout = 200;
const mostTitles = 20;
/** Beyond that many, only the number of rules and their hash are compared. */
const mostRules = 4_000;

export function outlineOf({
  rules,
  correlations,
  filters,
}: Pick<RuleSet, 'rules' | 'correlations' | 'filters'>): Outline {
  const all = [...rules, ...correlations.map(({ correlation }) => correlation)].slice(0, mostRules);
  return {
    rules: Object.fromEntries(all.map(({ id, hash, title }) => [id, [hash.slice(0, 12), clip(title, longestTitle)]])),
    filters: Object.fromEntries(
      filters
        .slice(0, mostRules)
        .map(({ id, hash, title, label, detection, logsource, rules: about }) => [
          id,
          [
            hash.slice(0, 12),
            clip(title || label, longestTitle),
            deriveId(JSON.stringify([detection, logsource])).slice(0, 12),
            ...(about === 'any' || about.length === 0 ? [] : [named(about)]),
          ],
        ]),
    ) as Outline['filters'],
  };
}

const named = (about: readonly string[]): readonly string[] =>
  about.length > mostAbout ? [deriveId(...[...about].sort())] : [...about];

/** MON-04: what is there now and was not, or was another. */
export function rulesChange(before: Outline, now: Outline): Omit<RulesChangeFacts, 'before' | 'now' | 'upgraded'> {
  const added = Object.keys(now.rules).filter((id) => before.rules[id] === undefined);
  const removed = titles(before.rules, (id) => now.rules[id] === undefined);
  const changed = titles(now.rules, (id, [hash]) => before.rules[id] !== undefined && before.rules[id]?.[0] !== hash);
  const exceptions = titles(now.filters, (id, filter) => isWider(before.filters[id], filter));
  return {
    added: added.length,
    removed: removed.length,
    changed: changed.length,
    weaker: removed.length + changed.length + exceptions.length > 0,
    ...(removed.length > 0 && { removed_titles: removed.slice(0, mostTitles) }),
    ...(changed.length > 0 && { changed_titles: changed.slice(0, mostTitles) }),
    ...(exceptions.length > 0 && { exceptions: exceptions.slice(0, mostTitles) }),
  };
}

const titles = <T extends readonly [string, string, ...unknown[]]>(
  all: Readonly<Record<string, T>>,
  which: (id: string, one: T) => boolean,
): readonly string[] =>
  Object.entries(all)
    .filter(([id, one]) => which(id, one))
    .map(([, [, title]]) => title)
    .sort();

type OutlinedFilter = Outline['filters'][string];

/** Of a condition that changed nobody can say whether it hides more: it counts as one that does. */
function isWider(before: OutlinedFilter | undefined, [hash, , condition, about]: OutlinedFilter): boolean {
  if (before === undefined) return true;
  if (before[0] === hash) return false;
  const [, , conditionBefore, aboutBefore] = before;
  if (condition !== conditionBefore) return true;
  if (aboutBefore === undefined) return false;
  return about === undefined || about.some((rule) => !aboutBefore.includes(rule));
}
