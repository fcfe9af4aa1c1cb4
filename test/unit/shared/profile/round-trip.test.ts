import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemView } from '../../../../shared/baseline-view.ts';
import { profileOf, type Views } from '../../../../shared/profile/profile.ts';
import { readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { hostileViews } from '../../../support/profile/views.ts';

const withoutComments = (text: string): string => text.replace(/^ *#.*\n/gm, '');

const changed = (views: Views, change: (items: readonly ItemView[]) => readonly ItemView[]): Views => {
  const [first, ...rest] = views.map((view) => ({ ...view, items: change(view.items) }));
  return first === undefined ? views : [first, ...rest];
};

describe('a profile', () => {
  it('is read back as it was, whatever things are called', () => {
    let items = 0;
    fc.assert(
      fc.property(hostileViews, (views) => {
        const profile = profileOf(views);
        expect(readProfile(profileText(views), 'profile.yml')).toEqual(profile);
        items += profile.features.flatMap((feature) => feature.items).length;
      }),
      { numRuns: 200 },
    );
    expect(items).toBeGreaterThan(200);
  });

  it('has no character that a review cannot see, and none that ends its line', () => {
    fc.assert(
      fc.property(hostileViews, (views) => {
        expect(profileText(views)).not.toMatch(/(?![ \n])[\p{C}\p{Z}]/u);
        expect(
          profileText(views)
            .split('\n')
            .filter((line) => /^\S/.test(line)),
        ).toEqual([
          expect.stringMatching(/^# /) as string,
          'moorwatch-profile: 1',
          'workload:',
          'host:',
          expect.stringMatching(/^mode: (learn|enforce)$/) as string,
          'features:',
        ]);
      }),
      { numRuns: 100 },
    );
  });

  it('of what has learned numbers only knows nothing, and is one all the same', () => {
    const [[view]] = fc.sample(hostileViews, { numRuns: 1, seed: 1 }) as [Views];
    const profile = readProfile(profileText([Object.assign({ quantity: {} }, view)]), 'profile.yml');
    expect(profile.features).toEqual([]);
  });

  it('differs in comments only when the same is known, in whatever order and however often it was seen', () => {
    fc.assert(
      fc.property(hostileViews, fc.nat(), (views, count) => {
        const again = changed(views, (items) => [...items].reverse().map((item) => ({ ...item, count, last: 1 })));
        expect(withoutComments(profileText(again))).toBe(withoutComments(profileText(views)));
      }),
      { numRuns: 200 },
    );
  });
});
