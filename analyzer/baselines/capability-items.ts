import { defaultCapabilities } from '../../shared/capabilities.ts';

const usual: ReadonlySet<string> = new Set(defaultCapabilities.map((name) => `CAP_${name}`));

/** Those that an engine does not give by itself. */
export const beyondDefault = (names: readonly string[]): readonly string[] => names.filter((name) => !usual.has(name));

/** More than so many at once are one thing, not as many: whoever is privileged has dozens. */
const mostApart = 8;

/** Capabilities as things that are learned: each by itself, too many of them as one. Ids are canonical, whatever the order. */
export function capabilityItems(
  names: readonly string[],
): readonly { readonly id: string; readonly shown: string; readonly names: readonly string[] }[] {
  const sorted = [...new Set(names)].sort();
  if (sorted.length <= mostApart) return sorted.map((name) => ({ id: name, shown: name, names: [name] }));
  return [{ id: sorted.join(' '), shown: `${sorted.length} capabilities`, names: sorted }];
}
