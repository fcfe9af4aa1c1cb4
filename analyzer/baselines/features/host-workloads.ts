import type { Observation } from '../../../shared/observation.ts';
import { cappedText } from '../../capped.ts';
import type { Feature, Item } from '../feature.ts';
import { type Piece, textOfPieces } from '../fold-shape.ts';
import { generalise } from '../generalise.ts';
import { judgeNovelty } from '../novelty.ts';
import { generaliseObjectName } from '../object-name.ts';

/**
 * Which workloads run on the host: image repository, and the service they claim. One that was never there before is told where the host has settled;
 * where something new is run every day (builds, tests) learning does not end. What a container of a known workload may do is no part of it: `configuration`
 * tells that of the workload itself.
 */
export const hostWorkloads: Feature = {
  name: 'host-workloads',
  subject: 'host',
  rule: {
    id: '5c0f2e9b-83a4-4d17-9e6c-b1d7a04f3852',
    title: 'Workload that the host never ran before',
    catalogue: ['API-18'],
    severity: 'low',
    techniques: ['T1610'],
    tactics: ['execution'],
    tier: 'engine',
    kinds: ['container_configuration', 'resources'],
  },
  phases: 'one',
  learns: (observation) => (isSighting(observation) ? workloadItem(observation) : []),
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} ran ${item.text}, which it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'workload' : 'workloads'} run for the first time`,
};

const dayMs = 24 * 3_600_000;
/** Of collectors that do not say which reading is the first of a day. Shorter than a slot of time: each day counts once. */
const rollCallMs = 5 * 60_000;

/**
 * A container that is made, changed or found; and, at the first readings of each day (UTC), those that run: what was started long ago is not forgotten
 * because nobody makes it anew. Other readings say nothing, or the same containers, seen again and again, would make it look unlikely that another one comes.
 */
const isSighting = ({ kind, at, snapshot, resources }: Observation): boolean =>
  kind === 'resources' ? resources?.first_of_day === true || at % dayMs < rollCallMs : snapshot?.object === 'container';

const longest = 256;

/** Not of each replica, version or run: what differs from run to run in the name of a project is generalised, and many projects of one service fold. */
function workloadItem({ container }: Observation): readonly Item[] {
  if (container === undefined) return [];
  const { image, project = '', service } = container;
  const repository = generalise(cappedText(image.repository, longest));
  const named = shortened(repository);
  const fields = { 'container.image.name': image.name, 'container.project': project, 'container.service': service };
  if (service === undefined) return [{ key: JSON.stringify([repository]), text: named, fields }];
  const claimed = [project, service].map(generaliseObjectName);
  const pieces: readonly Piece[] = [
    { text: claimed[0] ?? '', free: true },
    { text: `/${claimed[1] ?? ''}` },
    { text: ` (${named})` },
    { text: repository, hidden: true },
  ];
  const text = textOfPieces(pieces);
  const example = `${project}/${service} (${shortened(image.repository)})`;
  return [{ key: JSON.stringify([repository, ...claimed]), text, example, pieces, fields }];
}

const shortened = (repository: string): string => repository.replace(/^docker\.io\/(library\/)?/, '');
