import { describe, expect, it } from 'vitest';
import { doneAlike, doneText } from '../../../shared/decision-done.ts';

const anew = (feature: string, forgotten?: number) => ({
  feature,
  text: 'learning begins anew',
  ...(forgotten === undefined ? {} : { forgotten }),
});

describe('what was done to several features', () => {
  it('is said once of all to which it was done, and adds up what was forgotten', () => {
    const done = [anew('a', 1), anew('b', 2), { feature: 'c', text: 'was enforced already' }, anew('d')];
    expect(doneAlike(done)).toEqual([
      { features: ['a', 'b', 'd'], text: 'learning begins anew, 3 items forgotten' },
      { features: ['c'], text: 'was enforced already' },
    ]);
    expect(doneText('web', done)).toBe(
      'web: a, b, d: learning begins anew, 3 items forgotten; c: was enforced already',
    );
  });

  it('counts features instead of naming many', () => {
    expect(
      doneText(
        'web',
        ['a', 'b', 'c', 'd'].map((name) => anew(name, 0)),
      ),
    ).toBe('web: 4 features: learning begins anew, 0 items forgotten');
    expect(doneText('web', [anew('a', 1)])).toBe('web: a: learning begins anew, 1 item forgotten');
  });
});
