import type { ProfileItem } from '../decision.ts';
import { escapeControl } from '../escape.ts';
import type { Mode, Profile, ProfileFeature } from './profile.ts';

/** What is otherwise in one profile than in another, of one feature; only features that differ. */
export interface FeatureDiff {
  readonly feature: string;
  readonly mode?: readonly [before: Mode, after: Mode];
  readonly added: readonly ProfileItem[];
  readonly removed: readonly ProfileItem[];
  readonly changed: readonly { readonly before: ProfileItem; readonly after: ProfileItem }[];
  /** Those that stay and have the text of one that is added or removed: two things under the same words. */
  readonly kept: readonly ProfileItem[];
}

type Known = Pick<Profile, 'features'>;

/** What becomes of `before` on the way to `after`. A feature that one of them lacks is one that learns and knows nothing. */
export function diffProfiles(before: Known, after: Known): readonly FeatureDiff[] {
  const names = [...new Set([before, after].flatMap(({ features }) => features.map(({ name }) => name)))].sort();
  return names
    .map((name) => diffFeature(featureOf(before, name), featureOf(after, name)))
    .filter(
      ({ mode, added, removed, changed }) => mode !== undefined || added.length + removed.length + changed.length > 0,
    );
}

const featureOf = ({ features }: Known, name: string): ProfileFeature =>
  features.find((feature) => feature.name === name) ?? { name, mode: 'learn', items: [] };

function diffFeature(before: ProfileFeature, after: ProfileFeature): FeatureDiff {
  const [old, current] = [byKey(before), byKey(after)];
  const added = after.items.filter(({ key }) => !old.has(key));
  const removed = before.items.filter(({ key }) => !current.has(key));
  const texts = new Set([...added, ...removed].map(({ text }) => text));
  return {
    feature: after.name,
    ...(before.mode === after.mode ? {} : { mode: [before.mode, after.mode] }),
    added,
    removed,
    changed: after.items.flatMap((item) => {
      const was = old.get(item.key);
      return was === undefined || isSame(was, item) ? [] : [{ before: was, after: item }];
    }),
    kept: before.items.filter(({ key, text }) => current.has(key) && texts.has(text)),
  };
}

const byKey = ({ items }: ProfileFeature): ReadonlyMap<string, ProfileItem> =>
  new Map(items.map((item) => [item.key, item]));

const isSame = (a: ProfileItem, b: ProfileItem): boolean => a.text === b.text && whenOf(a) === whenOf(b);

/** A list of differences for people, one line each, grouped by feature: `+` added, `-` removed, `~` changed. Nothing when all is the same. */
export const diffLines = (diffs: readonly FeatureDiff[]): readonly string[] =>
  diffs.flatMap(({ feature, mode, added, removed, changed, kept }) => [
    `${feature}:`,
    ...(mode === undefined ? [] : [`  ~ mode: ${mode[0]} → ${mode[1]}`]),
    ...removed.map((item) => `  - ${itemText(item)}${keyAmong(item, [...added, ...kept])}`),
    ...added.map((item) => `  + ${itemText(item)}${keyAmong(item, [...removed, ...kept])}`),
    ...changed.map(({ before, after }) => `  ~ ${changeText(before, after)}`),
  ]);

/** A text is what people read, a key what counts: a profile that has another key under the same words must not look the same. */
const keyAmong = ({ key, text }: ProfileItem, others: readonly ProfileItem[]): string =>
  others.some((other) => other.text === text)
    ? `, key ${escapeControl(key, 80)}: the text is the same, what it stands for is not`
    : '';

const itemText = (item: ProfileItem): string => `${escapeControl(item.text)} (${whenOf(item)})`;

const changeText = (before: ProfileItem, after: ProfileItem): string =>
  before.text === after.text
    ? `${escapeControl(after.text)} (${whenOf(before)} → ${whenOf(after)})`
    : `${itemText(before)} → ${itemText(after)}`;

const whenOf = ({ phases }: ProfileItem): string => (phases.includes('steady') ? 'always' : 'right after a start');
