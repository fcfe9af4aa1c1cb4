import type { Observation } from '../../../shared/observation.ts';
import { cappedText } from '../../capped.ts';
import type { Feature, Item } from '../feature.ts';
import { type Piece, pathPieces, textOfPieces } from '../fold-shape.ts';
import { generalise } from '../generalise.ts';
import { judgeNovelty } from '../novelty.ts';

/**
 * Where the images of the host come from, and where they go: registry and path, whatever the version. By which way one came that was not pulled is no
 * part of it: the engine tells most of these ways by more than one event (a load is a tag, too), and they are one thing.
 */
export const hostImages: Feature = {
  name: 'host-images',
  subject: 'host',
  rule: {
    id: 'e83d5a17-2c4f-4b96-8f0e-6a9d1b7c3e25',
    title: 'Image repository that the host never had to do with',
    catalogue: ['IMG-01'],
    severity: 'low',
    techniques: ['T1525'],
    tactics: ['persistence'],
    tier: 'engine',
    kinds: ['image', 'container_lifecycle'],
  },
  phases: 'one',
  learns: (observation) => imageItem(observation) ?? [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} had ${item.text}, which it never had before`),
  digests: (count) => `${count} image ${count === 1 ? 'repository' : 'repositories'} seen for the first time`,
};

/** What is done with an image, by the engine's verb: what came without a registry is one. */
const ways: Readonly<Record<string, string>> = {
  pull: 'pulled',
  push: 'pushed',
  save: 'saved to a file',
  load: 'made or loaded here',
  import: 'made or loaded here',
  tag: 'made or loaded here',
  commit: 'made or loaded here',
};

const longest = 256;

function imageItem({ kind, event: { action }, image, docker }: Observation): readonly [Item] | undefined {
  const way = Object.hasOwn(ways, action) ? ways[action] : undefined;
  // Of a container's events a commit alone makes an image.
  if (way === undefined || image === undefined || (kind === 'container_lifecycle') !== (action === 'commit'))
    return undefined;
  const { ref, repository = '' } = image;
  const pieces: readonly Piece[] = [{ text: 'image ' }, ...repositoryPieces(repository), { text: ` ${way}` }];
  const text = textOfPieces(pieces);
  return [
    {
      key: JSON.stringify([way, generalise(cappedText(repository, longest))]),
      text,
      example: cappedText(ref ?? repository, longest),
      pieces,
      fields: {
        'event.action': action,
        'image.ref': ref,
        'image.id': image.id ?? docker?.id,
        'image.origin': image.origin,
      },
    },
  ];
}

/** Registry and owner stay; many repositories of one owner fold. The official images have no owner that vouches for the next one. */
function repositoryPieces(repository: string): readonly Piece[] {
  if (repository === '') return [{ text: 'without a name' }];
  const name = generalise(cappedText(repository, longest));
  return name.startsWith('docker.io/library/') ? [{ text: name }] : pathPieces(name);
}
