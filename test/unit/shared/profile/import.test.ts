import fc from 'fast-check';
import { expect, it } from 'vitest';
import { features } from '../../../../analyzer/baselines/features/index.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { type Profile, profileOf, type Views } from '../../../../shared/profile/profile.ts';
import { readProfile } from '../../../../shared/profile/read.ts';
import { profileText } from '../../../../shared/profile/text.ts';
import { decided } from '../../../support/analyzer/decisions.ts';
import { createPlay, type Play, told } from '../../../support/analyzer/play.ts';
import { hostileViews } from '../../../support/profile/views.ts';

const workload = { id: 'w', name: 'web' };

/** The orders that `baselines import` sends, obeyed by an analyzer. */
function imported(play: Play, profile: Profile, at: number): readonly string[] {
  const orders = profile.features.map(({ name, mode, items }, index) =>
    decided(
      { type: 'import', workload: workload.id, workloadName: workload.name, feature: name, mode, items: [...items] },
      at + index,
    ),
  );
  return told(play.batch(orders));
}

function exported(play: Play): string {
  const [first, ...rest] = describeBaselines(play.state);
  if (first === undefined) throw new Error('nothing is known');
  return profileText([first, ...rest]);
}

/** The same of features that there are. */
const real = (views: Views): Views => {
  const [first, ...rest] = views.map((view, index) => ({ ...view, workload, feature: features[index]?.name ?? '' }));
  return first === undefined ? views : [first, ...rest];
};

it('a profile that is imported into an analyzer that knows nothing is exported as it was', () => {
  fc.assert(
    fc.property(hostileViews.map(real), (views) => {
      const profile = profileOf(views);
      const play = createPlay();
      const answers = imported(play, readProfile(profileText(views), 'profile.yml'), 1);
      expect(answers).toHaveLength(profile.features.length);
      for (const answer of answers) expect(answer).toMatch(/^applied: /);
      play.restart();
      const again = exported(play);
      expect(readProfile(again, 'again.yml').features).toEqual(profile.features);
      imported(play, readProfile(again, 'again.yml'), 100);
      expect(exported(play).replace(/^ *#.*\n/gm, '')).toBe(again.replace(/^ *#.*\n/gm, ''));
    }),
    { numRuns: 40 },
  );
});
