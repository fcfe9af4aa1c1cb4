import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { diffLines, diffProfiles } from '../../../../shared/profile/diff.ts';
import { type ProfileFeature, profileOf } from '../../../../shared/profile/profile.ts';
import { diffVersions, versionLines } from '../../../../shared/profile/versions.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay } from '../../../support/analyzer/play.ts';
import { hostileViews } from '../../../support/profile/views.ts';

const item = (text: string, more: Partial<ProfileFeature['items'][number]> = {}): ProfileFeature['items'][number] => ({
  key: text.padStart(8, '0'),
  text,
  phases: ['startup', 'steady'],
  ...more,
});
const known = (items: ProfileFeature['items'], mode: ProfileFeature['mode'] = 'learn') => ({
  features: [{ name: 'exec-commands', mode, items }],
});

describe('the difference of two profiles', () => {
  it('is what was added, removed and changed, by feature', () => {
    const before = known([item('aa'), item('bb', { phases: ['startup'] }), item('cc')]);
    const after = known(
      [item('bb'), item('cc', { text: 'sea\u202e' }), item('dd', { phases: ['startup'] })],
      'enforce',
    );
    expect(diffLines(diffProfiles(before, after))).toEqual([
      'exec-commands:',
      '  ~ mode: learn → enforce',
      '  - aa (always)',
      '  + dd (right after a start)',
      '  ~ bb (right after a start → always)',
      '  ~ cc (always) → sea\\u{202e} (always)',
    ]);
  });

  it('names the keys of what reads alike and is not the same', () => {
    const [a, b] = [known([item('aa', { key: 'k1' })]), known([item('aa', { key: 'k2' })])];
    expect(diffLines(diffProfiles(a, b))).toEqual([
      'exec-commands:',
      '  - aa (always), key k1: the text is the same, what it stands for is not',
      '  + aa (always), key k2: the text is the same, what it stands for is not',
    ]);
  });

  it('names the key of what is added, or removed, under the words of what stays', () => {
    const [one, two] = [item('aa', { key: 'k1' }), item('aa', { key: 'k2' })];
    const line = 'aa (always), key k2: the text is the same, what it stands for is not';
    expect(diffLines(diffProfiles(known([one]), known([one, two])))).toEqual(['exec-commands:', `  + ${line}`]);
    expect(diffLines(diffProfiles(known([one, two]), known([one])))).toEqual(['exec-commands:', `  - ${line}`]);
  });

  it('is nothing for a feature that knows nothing and one that is not there', () => {
    expect(diffProfiles(known([]), { features: [] })).toEqual([]);
    expect(diffLines(diffProfiles({ features: [] }, known([item('aa')])))).toEqual([
      'exec-commands:',
      '  + aa (always)',
    ]);
  });

  it('is nothing to itself, the reverse the other way round, and one line an item, whatever things are called', () => {
    fc.assert(
      fc.property(hostileViews, hostileViews, (a, b) => {
        const [one, other] = [profileOf(a), profileOf(b)];
        expect(diffProfiles(one, one)).toEqual([]);
        const there = diffProfiles(one, other);
        const back = diffProfiles(other, one);
        expect(back.map(({ added }) => added)).toEqual(there.map(({ removed }) => removed));
        expect(diffLines(there).length).toBe(diffLines(back).length);
        for (const line of diffLines(there)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 100 },
    );
  });
});

describe('the difference of image versions', () => {
  const play = () => {
    const made = createPlay();
    const to = (port: number) => ({ ip: '192.0.2.1', port });
    made.batch([egress('c1', 1, to(1), { age: 100 }), egress('c1', 2, to(2), { age: 100 })]);
    return { ...made, to };
  };

  it('is what only the newest does, and what it did not do so far', () => {
    const made = play();
    made.batch([2, 3].map((port) => egress('c2', 10 + port, made.to(port), { age: 100, image: 'sha256:2' })));
    const diff = diffVersions(describeBaselines(made.state));
    expect(diff?.newest.image).toBe('sha256:2');
    expect(diff?.older.map(({ image }) => image)).toEqual(['sha256:1']);
    expect(diff && versionLines(diff)).toEqual([
      'egress-destinations:',
      '  - 192.0.2.1 port 1/tcp',
      '  + 192.0.2.1 port 3/tcp',
    ]);
  });

  it('says so when it was told and not learned', () => {
    const made = play();
    for (let at = 3; at < 20; at += 1) made.batch([egress('c1', at, made.to(1 + (at % 2)), { age: 100 })]);
    made.batch([1, 2, 3].map((port) => egress('c2', 20 + port, made.to(port), { age: 100, image: 'sha256:2' })));
    const diff = diffVersions(describeBaselines(made.state));
    expect(diff && versionLines(diff)).toEqual(['egress-destinations:', '  + 192.0.2.1 port 3/tcp (novel)']);
  });

  it('is nothing while there is one version', () => {
    expect(diffVersions(describeBaselines(play().state))).toMatchObject({ older: [], features: [] });
    expect(diffVersions([])).toBeUndefined();
  });
});
