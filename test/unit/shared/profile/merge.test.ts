import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergedProfile } from '../../../../shared/profile/merge.ts';
import { type Profile, profileOf } from '../../../../shared/profile/profile.ts';
import { readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { hostileViews } from '../../../support/profile/views.ts';

const profile = hostileViews.map(profileOf);
const known = ({ features }: Profile) => features;
/** Something in common, or merging is trivial. */
const profiles = fc.tuple(profile, profile, profile).map(([a, b, c]): readonly [Profile, Profile, Profile] => {
  const shared = { ...b, features: [...b.features, ...a.features.filter(({ name }) => !has(b, name))] };
  return [a, shared, c];
});
const has = ({ features }: Profile, wanted: string): boolean => features.some(({ name }) => name === wanted);

describe('merging profiles', () => {
  it('allows what any of them does, whatever their order and however often each is there', () => {
    let items = 0;
    fc.assert(
      fc.property(profiles, ([a, b, c]) => {
        const all = mergedProfile(a, b, c);
        expect(known(mergedProfile(c, b, a))).toEqual(known(all));
        expect(mergedProfile(mergedProfile(a, b), c)).toEqual(all);
        expect(mergedProfile(a, mergedProfile(b, c))).toEqual(all);
        expect(mergedProfile(all, a, b, c)).toEqual(all);
        for (const { name, items: some } of [a, b, c].flatMap(known))
          for (const { key, phases } of some) {
            const found = all.features.find((one) => one.name === name)?.items.find((item) => item.key === key);
            expect(found?.phases).toEqual(expect.arrayContaining(phases));
            items += 1;
          }
        expect(all.workload).toEqual(a.workload);
      }),
      { numRuns: 100 },
    );
    expect(items).toBeGreaterThan(100);
  });

  it('gives one that is read back as it was', () => {
    fc.assert(
      fc.property(hostileViews, (views) => {
        const one = readProfile(profileText(views), 'profile.yml');
        expect(mergedProfile(one)).toEqual(one);
        expect(mergedProfile(one, one)).toEqual(one);
      }),
      { numRuns: 50 },
    );
  });

  it('is enforced where one of them is', () => {
    const of = (mode: 'learn' | 'enforce'): Profile => ({
      workload: { id: 'w', name: 'w' },
      host: { id: 'h', name: 'h' },
      features: [{ name: 'exec-commands', mode, items: [] }],
    });
    expect(known(mergedProfile(of('learn'), of('enforce')))).toMatchObject([{ mode: 'enforce' }]);
    expect(known(mergedProfile(of('learn'), of('learn')))).toMatchObject([{ mode: 'learn' }]);
  });
});
