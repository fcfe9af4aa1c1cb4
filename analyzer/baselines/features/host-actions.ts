import type { DockerObjectFacts, Observation } from '../../../shared/observation.ts';
import { cappedText } from '../../capped.ts';
import type { Feature, Item } from '../feature.ts';
import { type Piece, textOfPieces } from '../fold-shape.ts';
import { generalise } from '../generalise.ts';
import { judgeNovelty } from '../novelty.ts';
import { generaliseObjectName } from '../object-name.ts';

/**
 * What the engine of the host is asked to do beside containers and images: with networks, volumes, plugins, what a swarm keeps, itself. What follows from
 * containers that start and end (a volume mounted, a network connected) is none of it.
 */
export const hostActions: Feature = {
  name: 'host-actions',
  subject: 'host',
  rule: {
    id: '37b1c6d8-f05e-4e2a-a9d3-82c74e6f1b90',
    title: 'Engine asked for what it never was on the host',
    catalogue: ['API-15', 'API-16', 'API-17', 'DMN-05', 'DMN-06'],
    severity: 'low',
    techniques: ['T1610'],
    tactics: ['execution'],
    tier: 'engine',
    kinds: ['network', 'volume', 'plugin', 'daemon', 'image', 'container_lifecycle'],
  },
  phases: 'one',
  learns: (observation) => actionItem(observation) ?? [],
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} had ${item.text}, which it never had before`),
  digests: (count) => `${count} ${count === 1 ? 'action' : 'actions'} asked of the engine for the first time`,
};

/** What may happen to each type of object, in words. */
const made = { create: 'created', update: 'updated', remove: 'removed', destroy: 'removed', prune: 'pruned' };
const actions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  network: made,
  volume: made,
  plugin: {
    ...made,
    pull: 'pulled',
    install: 'installed',
    enable: 'enabled',
    disable: 'disabled',
    upgrade: 'upgraded',
  },
  service: made,
  node: made,
  secret: made,
  config: made,
  builder: { prune: 'pruned' },
  image: { prune: 'pruned' },
  container: { prune: 'pruned' },
  daemon: { reload: 'reloaded' },
};
/** Of these many that differ in their names alone are one. A plugin, a secret or a service is its name. */
const folding: ReadonlySet<string> = new Set(['network', 'volume']);

const longest = 256;

function actionItem({ docker, event }: Observation): readonly [Item] | undefined {
  if (docker === undefined || event.source !== 'docker-event') return undefined;
  const { type } = docker;
  const verbs = Object.hasOwn(actions, type) ? actions[type] : undefined;
  const done = verbs !== undefined && Object.hasOwn(verbs, event.action) ? verbs[event.action] : undefined;
  if (done === undefined) return undefined;
  const name = nameOf(docker, event.action);
  const driver = driverOf(docker);
  const free = folding.has(type) && name !== '';
  const pieces: readonly Piece[] = [
    { text: type === 'daemon' ? 'its engine' : done === 'pruned' ? `unused ${type}s` : type },
    { text: name === '' ? '' : ' ' },
    { text: generaliseObjectName(name), ...(free && { free }) },
    { text: driver === '' ? '' : ` (${generalise(driver)})` },
    { text: ` ${done}` },
  ];
  const text = textOfPieces(pieces);
  const fields = {
    'docker.type': type,
    'docker.name': name === '' ? undefined : name,
    'event.action': event.action,
    'docker.driver': driver === '' ? undefined : driver,
  };
  return [
    {
      key: JSON.stringify([type, done, generalise(driver), generaliseObjectName(name)]),
      text,
      example: name,
      pieces,
      fields,
    },
  ];
}

/** The id of a volume is its name. What is pruned or reloaded has none of its own. */
function nameOf({ type, id, name }: DockerObjectFacts, action: string): string {
  if (action === 'prune' || type === 'daemon') return '';
  return cappedText(name ?? (type === 'volume' ? id : ''), longest);
}

/** The engine calls the driver of a network its type. */
const driverOf = ({ type, attributes = {} }: DockerObjectFacts): string =>
  cappedText((type === 'network' ? attributes.type : type === 'volume' ? attributes.driver : undefined) ?? '', longest);
