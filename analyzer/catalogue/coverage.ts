import type { FeatureRule } from '../baselines/feature.ts';
import type { Correlation, Rule, RuleDocument } from '../sigma/rule.ts';
import { type CatalogueRow, rowTiers } from './rows.ts';

/** Something that finds a row. */
export interface Cover {
  readonly title: string;
  readonly kind: 'rule' | 'sequence' | 'baseline';
  readonly tier: string;
  /** Kinds of observations that it looks at: each stands for one of the rules that it is made of. */
  readonly kinds: readonly string[];
  /** Fields that it reads. */
  readonly fields: readonly string[];
}

export interface RowCoverage {
  readonly row: CatalogueRow;
  /** `part`: what finds it looks from a shallower tier than the one that shows all of it, or says itself that it misses something. */
  readonly covered: 'full' | 'part' | 'no';
  readonly by: readonly Cover[];
  /** Tiers of what finds it, the shallowest first. */
  readonly tiers: readonly string[];
  /** What of it is not seen, as the rules say it. */
  readonly misses: readonly string[];
}

interface Found extends Cover {
  readonly catalogue: readonly string[];
  readonly misses: string | undefined;
}

/** For each row what of these linked rules finds it. Rules that only feed a sequence (`silent`) find nothing by themselves. */
export function coverageOf(
  rows: readonly CatalogueRow[],
  given: {
    readonly documents: readonly RuleDocument[];
    readonly silent: ReadonlySet<string>;
    /** Features and quantities of baselines. */
    readonly features: readonly { readonly rule: FeatureRule & { readonly reads?: readonly string[] } }[];
  },
): readonly RowCoverage[] {
  const { documents, silent, features } = given;
  const named = namesOf(documents);
  const found: readonly Found[] = [
    ...documents.flatMap((rule) =>
      rule.kind === 'filter' || silent.has(rule.id)
        ? []
        : [
            {
              title: rule.title,
              kind: rule.kind === 'rule' ? ('rule' as const) : ('sequence' as const),
              tier: rule.tier,
              kinds: readBy(rule, named, ({ logsource }) => logsource.category ?? []),
              fields: readBy(rule, named, ({ fields }) => fields),
              catalogue: rule.catalogue,
              misses: rule.misses,
            },
          ],
    ),
    ...features.map(({ rule }) => ({
      title: rule.title,
      kind: 'baseline' as const,
      tier: rule.tier,
      kinds: rule.kinds,
      fields: rule.reads ?? [],
      catalogue: rule.catalogue,
      misses: rule.misses,
    })),
  ];
  return rows.map((row) =>
    coverage(
      row,
      found.filter(({ catalogue }) => catalogue.includes(row.id)),
    ),
  );
}

function coverage(row: CatalogueRow, found: readonly Found[]): RowCoverage {
  const by = found.map(({ catalogue: _catalogue, misses: _misses, ...cover }) => cover);
  const tiers = [...new Set(by.map(({ tier }) => tier))].sort((a, b) => depthOf(a) - depthOf(b));
  const deepest = Math.max(-1, ...tiers.map(depthOf));
  const misses = [...new Set(found.flatMap(({ misses }) => misses ?? []))];
  const isPart = deepest < depthOf(row.full) || misses.length > 0;
  const covered = by.length === 0 ? 'no' : isPart ? 'part' : 'full';
  return { row, covered, by, tiers, misses };
}

/** The deeper the greater. A tier of somebody else's (`imported`) says nothing of how deep it looks: -1. */
export const depthOf = (tier: string): number => (rowTiers as readonly string[]).indexOf(tier);

type Named = ReadonlyMap<string, Rule | Correlation>;

function namesOf(documents: readonly RuleDocument[]): Named {
  const named = new Map<string, Rule | Correlation>();
  for (const document of documents)
    if (document.kind !== 'filter')
      for (const name of [document.id, document.name]) if (name !== undefined) named.set(name, document);
  return named;
}

/** What a rule, or any rule of a sequence, reads. Linked rules have no circles. */
function readBy(
  rule: Rule | Correlation,
  named: Named,
  reads: (rule: Rule) => string | readonly string[],
): readonly string[] {
  if (rule.kind === 'rule') return [reads(rule)].flat();
  const parts = rule.correlation.rules.flatMap((name) => named.get(name) ?? []);
  return [...new Set(parts.flatMap((part) => readBy(part, named, reads)))];
}
