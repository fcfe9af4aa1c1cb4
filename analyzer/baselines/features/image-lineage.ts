import type { Observation } from '../../../shared/observation.ts';
import { cappedRef, cappedText } from '../../capped.ts';
import type { Feature, ImageVersion, Item } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';

/**
 * Where the images of a workload come from, and whether they go forward. A new version is no novelty; one that did not come from where the others
 * did is, and so is a container that is made from an older one after a newer one of the same name was known.
 */
export const imageLineage: Feature = {
  name: 'image-lineage',
  rule: {
    id: '94c6e1b2-7d05-4f38-a1c9-3e8b5f7d2a06',
    title: 'Image of another origin, or older than before',
    catalogue: ['IMG-03'],
    severity: 'low',
    techniques: ['T1525'],
    tactics: ['persistence'],
    tier: 'engine',
    kinds: ['container_configuration'],
  },
  phases: 'one',
  learns: (observation, { versions = [] }) =>
    observation.kind === 'container_configuration' && observation.snapshot?.object === 'container'
      ? [...origins(observation), ...steppedBack(observation, versions)]
      : [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} was made from ${item.text}, which it never was before`),
  digests: (count) => `${count} ${count === 1 ? 'origin' : 'origins'} of images seen for the first time`,
};

/** Names that one image was pulled by: more are not looked at. */
const mostOrigins = 8;
const longest = 256;

/** The engine keeps the digest of what was pulled, with the name that it was pulled by; what was built or loaded here may have none. */
function origins({ container }: Observation): readonly Item[] {
  if (container === undefined) return [];
  const { image } = container;
  const pulledAs = new Set((image.digests ?? []).slice(0, mostOrigins).map((digest) => digest.split('@')[0] ?? ''));
  const fields = { 'container.image.name': image.name, 'container.image.id': image.id };
  if (pulledAs.size === 0)
    return [{ key: JSON.stringify(['local']), text: 'an image that was built or loaded on this host', fields }];
  return [...pulledAs].map((name) => ({
    key: JSON.stringify(['pulled', name]),
    text: `an image that was pulled as ${cappedText(name, longest)}`,
    fields: { ...fields, 'container.image.digests': image.digests },
  }));
}

/** Another name may be another line of versions (`db:14`, `db:15`), of which neither is older. */
function steppedBack({ container, event }: Observation, versions: readonly ImageVersion[]): readonly Item[] {
  if (container === undefined || event.action !== 'create') return [];
  const { id, name } = cappedRef(container.image);
  const line = versions.filter((version) => version.name === name);
  const newest = line.at(-1);
  if (newest === undefined || newest.image === id || !line.some(({ image }) => image === id)) return [];
  return [
    {
      key: JSON.stringify(['back', id]),
      text: `an older image (${short(id)}) after a newer one of the same name was known (${short(newest.image)})`,
      fields: { 'container.image.name': name, 'container.image.id': id, 'image.newest_id': newest.image },
    },
  ];
}

const short = (id: string): string => id.replace(/^sha256:/, '').slice(0, 12);
