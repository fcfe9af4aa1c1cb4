import { describe, expect, it } from 'vitest';
import { hostImages } from '../../../../../analyzer/baselines/features/host-images.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { hostWorkload } from '../../../../../shared/workload.ts';
import { engineEvent, host } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings, quickBaselines } from '../../../../support/analyzer/play.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const event = (action: string, repository: string | undefined, at = 1): Observation =>
  engineEvent([action === 'commit' ? 'container' : 'image', action], at, {
    image: { id: 'sha256:1', ...(repository === undefined ? {} : { repository, ref: `${repository}:1` }) },
  });
const item = (action: string, repository?: string) => hostImages.learns(event(action, repository), {})[0];

describe('the images of a host', () => {
  it('are known by registry and path, and by whether they were pulled, pushed, or came another way', () => {
    expect(item('pull', 'ghcr.io/acme/web')?.text).toBe('image ghcr.io/acme/web pulled');
    expect(item('load')?.text).toBe('image without a name made or loaded here');
    const keys = ['pull', 'push', 'save', 'load'].map((action) => item(action, 'ghcr.io/acme/web')?.key);
    expect(new Set([...keys, item('pull', 'ghcr.io/evil/web')?.key]).size).toBe(5);
  });

  it('that came without a registry are one thing, by whatever events the engine tells that', () => {
    const keys = ['load', 'import', 'tag', 'commit'].map((action) => item(action, 'docker.io/acme/web')?.key);
    expect(new Set(keys).size).toBe(1);
  });

  it('are one where their names differ from run to run', () => {
    expect(item('tag', 'registry.example/ci/build-20261130')?.key).toBe(
      item('tag', 'registry.example/ci/build-20261201')?.key,
    );
  });

  it.each([
    ['what is removed', engineEvent(['image', 'delete'], 1, { image: { id: 'sha256:1' } })],
    ['what the collector says nothing of', engineEvent(['image', 'pull'], 1)],
    ['a container', engineEvent(['container', 'pull'], 1, { image: { repository: 'docker.io/library/nginx' } })],
  ])('leave out %s', (_what, observation) => {
    expect(hostImages.learns(observation, {})).toEqual([]);
  });

  it('of one owner fold where they are many; of the official ones the next is told', () => {
    const told = (of: string) => {
      const play = createPlay({ baselines: { ...quickBaselines, minimumHours: 24, minimumObservations: 50 } });
      for (let day = 0; day < 20; day += 1)
        for (const [at, name] of names.entries())
          play.batch([event('pull', `${of}/${name}`, 1 + day * dayMs + at * hourMs)]);
      return findings(play.batch([event('pull', `${of}/lima`, 30 * dayMs)])).filter(
        ({ workload, digest }) => workload?.id === hostWorkload(host).id && digest !== true,
      );
    };
    expect(told('ghcr.io/acme')).toEqual([]);
    const [finding, ...more] = told('docker.io/library');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      summary: 'host anchor had image docker.io/library/lima pulled, which it never had before',
      workload: hostWorkload(host),
      observation: { 'image.ref': 'docker.io/library/lima:1', 'deviation.feature': 'host-images' },
    });
    expect(finding?.container).toBeUndefined();
  });
});

const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel', 'india', 'juliett', 'kilo'];
