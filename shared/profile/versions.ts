import type { BaselineView, ItemView, VersionView } from '../baseline-view.ts';
import { escapeControl } from '../escape.ts';
import { byName, ordered } from './profile.ts';

/** What the newest image version of a workload does otherwise than those before it. */
export interface VersionDiff {
  readonly newest: VersionView;
  /** Those before it, oldest first; empty: there is nothing to compare with. */
  readonly older: readonly VersionView[];
  readonly features: readonly {
    readonly name: string;
    /** Only the newest version showed it. */
    readonly added: readonly ItemView[];
    /** Older versions showed it, the newest one did not so far. */
    readonly missing: readonly ItemView[];
  }[];
}

/** Undefined when no version was seen. Features without a difference are left out, and items that were never seen. */
export function diffVersions(views: readonly BaselineView[]): VersionDiff | undefined {
  const versions = [...(views[0]?.versions ?? [])].sort((a, b) => a.number - b.number);
  const newest = versions.at(-1);
  if (newest === undefined) return undefined;
  const { number } = newest;
  const features = views.map(({ feature, items }) => ({
    name: feature,
    added: ordered(items.filter((item) => item.versions?.oldest === number)),
    missing: ordered(items.filter(({ versions: shown }) => shown !== undefined && shown.newest < number)),
  }));
  const older = versions.slice(0, -1);
  // With one version all is its own.
  const different = older.length === 0 ? [] : features.filter((one) => one.added.length + one.missing.length > 0);
  return { newest, older, features: byName(different) };
}

/** As `diffLines` of profiles: `+` what only the newest version does, `-` what it does no longer. */
export const versionLines = ({ features }: VersionDiff): readonly string[] =>
  features.flatMap(({ name, added, missing }) => [
    `${name}:`,
    ...missing.map((item) => `  - ${itemText(item)}`),
    ...added.map((item) => `  + ${itemText(item)}`),
  ]);

const itemText = ({ text, as, known }: ItemView): string =>
  `${escapeControl(text)}${known.length > 0 ? '' : ` (${as})`}`;
