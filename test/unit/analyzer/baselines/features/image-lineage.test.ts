import { describe, expect, it } from 'vitest';
import { imageLineage } from '../../../../../analyzer/baselines/features/image-lineage.ts';
import type { Observation } from '../../../../../shared/observation.ts';
import { snapshot } from '../../../../support/analyzer/observations.ts';
import { createPlay, findings } from '../../../../support/analyzer/play.ts';

const versions = [
  { image: 'sha256:1', name: 'docker.io/library/nginx' },
  { image: 'sha256:2', name: 'docker.io/library/nginx' },
];
const made = (image: string, more: { readonly action?: string; readonly digests?: readonly string[] } = {}) => {
  const [observation] = snapshot('c1', 1, { image, action: more.action ?? 'create' });
  const { container, ...rest } = observation as Observation;
  if (container === undefined) throw new Error('a snapshot has a container');
  const { digests } = more;
  return { ...rest, container: { ...container, image: { ...container.image, ...(digests && { digests }) } } };
};
const texts = (observation: Observation, known = versions) =>
  imageLineage.learns(observation, { versions: known }).map(({ text }) => text);

describe('image lineage', () => {
  it('is by what names an image was pulled, whatever its version', () => {
    const key = (digest: string) =>
      imageLineage.learns(made('sha256:2', { digests: [`nginx@sha256:${digest}`] }), {}).map((item) => item.key);
    expect(key('aa')).toEqual(key('bb'));
    expect(texts(made('sha256:2', { digests: ['nginx@sha256:aa', 'mirror.example/nginx@sha256:aa'] }))).toEqual([
      'an image that was pulled as nginx',
      'an image that was pulled as mirror.example/nginx',
    ]);
  });

  it('is another thing where an image was not pulled', () => {
    expect(texts(made('sha256:2'))).toEqual(['an image that was built or loaded on this host']);
  });

  it('goes back where a container is made from an older image of the same name', () => {
    expect(texts(made('sha256:1'))[1]).toBe('an older image (1) after a newer one of the same name was known (2)');
  });

  it.each<[string, Observation, typeof versions]>([
    ['the newest image', made('sha256:2'), versions],
    ['one that was never seen', made('sha256:3'), versions],
    ['a restart of an older container', made('sha256:1', { action: 'start' }), versions],
    ['another name', made('sha256:1'), versions.map((one, index) => ({ ...one, name: `nginx:${index}` }))],
    ['nothing known', made('sha256:1'), []],
  ])('does not go back with %s', (_what, observation, known) => {
    expect(texts(observation, known)).toHaveLength(1);
  });

  it('is learned of a container, not of its mounts once more', () => {
    const [, mount] = snapshot('c1', 1, { mounts: { '/d': '/s' } });
    expect(texts(mount as Observation)).toEqual([]);
  });

  it('is told once learning has ended: of the stage’s own versions', () => {
    const play = createPlay();
    for (let at = 1; at <= 5; at += 1) play.batch([made(`sha256:${at}`)].map((one) => ({ ...one, id: `s${at}`, at })));
    const told = (image: string, at: number) =>
      findings(play.batch([{ ...made(image), id: `s${at}`, at }])).filter(({ rule }) =>
        rule.catalogue.includes('IMG-03'),
      );
    expect(told('sha256:6', 10)).toEqual([]);
    expect(told('sha256:2', 11)).toMatchObject([{ kind: 'deviation', observation: { 'image.newest_id': 'sha256:6' } }]);
    expect(told('sha256:2', 12)).toEqual([]);
  });
});
