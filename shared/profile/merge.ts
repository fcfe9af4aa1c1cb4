import type { ProfileItem } from '../decision.ts';
import { byName, ordered, type Profile, type ProfileFeature, phasesOf } from './profile.ts';

/**
 * What any of the profiles allows: the items of all, each in the phases of all; enforced where one of them is. Of the workload and the host of the
 * first. Where nothing folded it is what learning all of that in one place would have given; the order and repetition of the others make no
 * difference.
 */
export function mergedProfile(first: Profile, ...others: readonly Profile[]): Profile {
  const features = new Map<string, ProfileFeature>();
  for (const feature of [first, ...others].flatMap((profile) => profile.features)) {
    const before = features.get(feature.name);
    features.set(feature.name, before === undefined ? feature : mergedFeature(before, feature));
  }
  return { workload: first.workload, host: first.host, features: byName([...features.values()]) };
}

function mergedFeature(one: ProfileFeature, other: ProfileFeature): ProfileFeature {
  const items = new Map(one.items.map((item) => [item.key, item]));
  for (const item of other.items) {
    const before = items.get(item.key);
    items.set(item.key, before === undefined ? item : mergedItem(before, item));
  }
  const mode = one.mode === 'enforce' ? one.mode : other.mode;
  return { name: one.name, mode, items: ordered([...items.values()]) };
}

/** Equal keys have equal texts, but for what people wrote into their files. */
const mergedItem = (one: ProfileItem, other: ProfileItem): ProfileItem => ({
  key: one.key,
  text: [one.text, other.text].sort()[0] ?? one.text,
  phases: phasesOf([...one.phases, ...other.phases]),
});
