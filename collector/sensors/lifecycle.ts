import { filter, mergeMap, type Observable } from 'rxjs';
import { deriveId } from '../../shared/hash.ts';
import type { DockerObjectFacts, Observation, ObservationKind } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { impersonatedName, resembledName } from '../engine/facts/names.ts';
import type { FeedItem } from '../engine/feed.ts';
import { containerAt } from '../engine/inventory.ts';
import type { Sensor } from '../sensor.ts';
import { eventBase, trustedAttributes } from './engine-event.ts';

const kinds: Readonly<Record<string, ObservationKind>> = {
  container: 'container_lifecycle',
  network: 'network',
  volume: 'volume',
  image: 'image',
  plugin: 'plugin',
};

/** Every event of the engine but those of execs, as it says it. */
export function createLifecycleSensor({ feed$ }: { feed$: Observable<FeedItem> }): Sensor {
  return {
    name: 'lifecycle',
    tier: 'engine',
    available: () => Promise.resolve(undefined),
    observe: () =>
      feed$.pipe(
        filter((item) => item.kind === 'event' || item.kind === 'vanished'),
        mergeMap((item) => (item.kind === 'vanished' ? [vanished(item)] : observed(item))),
      ),
  };
}

function observed({ host, prepared, known, before, image }: Extract<FeedItem, { kind: 'event' }>): Observation[] {
  const { event } = prepared;
  if (event.type === 'container' && event.action.startsWith('exec_')) return [];
  const { attributes } = trustedAttributes(event, known);
  const id = observationId.engineEvent(host.id, {
    nano: event.nano,
    type: event.type,
    action: event.action,
    actor: event.actor,
  });
  const base = eventBase(event, { host, known });
  const docker: DockerObjectFacts = {
    type: event.type,
    id: event.actor,
    ...(attributes.name === undefined ? {} : { name: attributes.name }),
    ...(event.scope === '' ? {} : { scope: event.scope }),
    attributes: event.text === '' ? attributes : { ...attributes, text: event.text },
    ...renamed(event.action, { attributes, known, before }),
    ...(prepared.gone ? { gone: true } : {}),
  };
  const network = event.type === 'network' ? { network: { name: attributes.name ?? '', id: event.actor } } : {};
  const asked = { ...(image && { image }), ...(prepared.plugin && { plugin: prepared.plugin }) };
  return [{ id, kind: kinds[event.type] ?? 'daemon', ...base, docker, ...network, ...asked }];
}

interface Renaming extends Pick<Extract<FeedItem, { kind: 'event' }>, 'known' | 'before'> {
  readonly attributes: Readonly<Record<string, string>>;
}

/** API-08. The old name is the daemon's own word unless a label spells it (then it was dropped) or it says none, as Podman: then it is what it was known by. */
function renamed(action: string, { attributes, known, before }: Renaming): Pick<DockerObjectFacts, 'rename'> {
  if (action !== 'rename') return {};
  const { name = '', oldName = '' } = attributes;
  const from = oldName.replace(/^\//, '') || (before?.name ?? '');
  const resembles = resembledName(name);
  const repository = known?.snapshot.container.image.repository;
  const foreign = repository !== undefined && posesAnew(from, name, repository);
  return {
    rename: {
      from,
      to: name,
      ...(resembles === undefined || resembles === resembledName(from) ? {} : { resembles }),
      ...(foreign ? { foreign } : {}),
    },
  };
}

/** It takes a name that is not its own, or takes it more plainly than before; who makes way for its successor (`name-old`) does not. */
function posesAnew(from: string, to: string, repository: string): boolean {
  const posed = (name: string, within: boolean) => impersonatedName(name, repository, { within });
  const plainly = posed(to, false);
  if (plainly !== undefined) return plainly !== posed(from, false);
  const taken = posed(to, true);
  return taken !== undefined && taken !== posed(from, true);
}

/** A container that is gone without a word: its conditions end like those of a destroyed one. */
function vanished({ host, known, at }: Extract<FeedItem, { kind: 'vanished' }>): Observation {
  return {
    id: deriveId(host.id, 'vanished', known.id),
    kind: 'container_lifecycle',
    at,
    event: { source: 'inspect', action: 'destroy' },
    host,
    ...containerAt(known, at),
    docker: { type: 'container', id: known.id, name: known.name },
  };
}
