import { describe, expect, it } from 'vitest';
import { withVersion } from '../../../../analyzer/baselines/versions.ts';
import { workloadSchema } from '../../../../shared/baseline-state.ts';
import { describeBaselines } from '../../../../shared/baseline-view.ts';
import { egress } from '../../../support/analyzer/observations.ts';
import { createPlay } from '../../../support/analyzer/play.ts';

describe('versions of an image', () => {
  it('have numbers that no other version of the workload ever has', () => {
    const image = (n: number) => ({ id: `sha256:${n}`, name: 'web', registry: 'docker.io', repository: 'web' });
    let versions = withVersion(undefined, image(0), 0);
    for (let n = 1; n <= 30; n += 1) versions = withVersion(versions, image(n), n);
    expect(versions).toHaveLength(20);
    expect(versions.map(({ number }) => number)).toEqual(Array.from({ length: 20 }, (_, n) => 11 + n));
    expect(withVersion(versions, image(15), 99)).toBe(versions);
  });

  it('are kept with each item: the oldest and the newest that showed it', () => {
    const play = createPlay();
    const to = (port: number) => ({ ip: '192.0.2.1', port });
    const [old, young] = [{ age: 100 }, { age: 100, image: 'sha256:2' }];
    play.batch([egress('c1', 1, to(1), old), egress('c1', 2, to(2), old)]);
    // While a new version is rolled out both run: what the newer one showed first is not its own.
    play.batch([egress('c2', 3, to(3), young), egress('c1', 4, to(3), old), egress('c2', 5, to(2), young)]);
    play.batch([egress('c2', 6, to(4), young)]);
    const view = describeBaselines(play.state).find(({ feature }) => feature === 'egress-destinations');
    expect(view?.versions.map(({ image, number }) => [image, number])).toEqual([
      ['sha256:1', 0],
      ['sha256:2', 1],
    ]);
    expect(Object.fromEntries(view?.items.map(({ text, versions }) => [text.slice(15), versions]) ?? [])).toEqual({
      '1/tcp': { oldest: 0, newest: 0 },
      '2/tcp': { oldest: 0, newest: 1 },
      '3/tcp': { oldest: 0, newest: 1 },
      '4/tcp': { oldest: 1, newest: 1 },
    });
  });
});

it('versions that were stored before they had numbers are read, and counted through', () => {
  const stored = {
    host: { id: 'HOST', name: 'anchor' },
    workload: { id: 'w', name: 'web' },
    seen: 5,
    versions: [
      { image: 'sha256:1', name: 'web', first: 1 },
      { image: 'sha256:2', name: 'web', first: 2 },
    ],
  };
  expect(workloadSchema.parse(stored).versions.map(({ number }) => number)).toEqual([0, 1]);
});
