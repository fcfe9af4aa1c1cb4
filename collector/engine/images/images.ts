import type { ContainerImageLineage, ImageEventFacts, ImageOrigin } from '../../../shared/facts/image.ts';
import type { ContainerFacts } from '../../../shared/observation.ts';
import type { EngineEvent } from '../event.ts';
import { parseReference } from '../facts/image.ts';
import type { ImageInspect, ImageListItem } from '../inspect-types.ts';
import type { KnownContainer } from '../inventory.ts';
import { createImageStore, type ImageStore } from './image-store.ts';
import { isImageId, type KnownImage, namesOf, normalRef } from './known-image.ts';
import { createRegistries, type Registries, type RegistriesState } from './registries.ts';

/** What is written down of a host's images. */
export interface ImagesState {
  readonly images: readonly KnownImage[];
  /** undefined: they were never listed. */
  readonly registries: RegistriesState | undefined;
}

export interface ImagesChanges {
  readonly images: ReadonlyMap<string, KnownImage | null>;
  readonly registries?: RegistriesState;
}

/** Which image each name of a host pointed to, and since when (IMG-03). Outlives connections and, written down, the process. */
export interface Images {
  /** Takes over an event of an image, or a commit. undefined: the event is about no image. */
  apply(event: EngineEvent, context: ImageContext): ImageEventFacts | undefined;
  /** Takes over the engine's list. Names that moved without an event; none at the first time. */
  stock(list: readonly ImageListItem[], context: StockContext): readonly ImageEventFacts[];
  of(container: ContainerFacts): ContainerImageLineage;
  takeChanges(): ImagesChanges;
  takeEvicted(): number;
}

export interface ImageContext {
  /** Of the event's image, asked when the event came. */
  readonly inspect: ImageInspect | undefined;
  readonly containers: readonly KnownContainer[];
}

export interface StockContext {
  readonly containers: readonly KnownContainer[];
  readonly at: number;
}

const mostUsers = 8;
/** The engine tells a tag before the import or commit that it belongs to. */
const sameActMs = 5_000;

interface Inside {
  readonly store: ImageStore;
  readonly registries: Registries;
  /** The last tag: what follows it may say how its image came. */
  lastTag: { readonly at: number; readonly facts: ImageEventFacts } | undefined;
}

export function createImages(state: ImagesState): Images {
  const inside: Inside = {
    store: createImageStore(state.images),
    registries: createRegistries(state.registries),
    lastTag: undefined,
  };
  const { store, registries } = inside;
  return {
    apply: (event, context) => {
      const handle = handlers[event.type === 'image' ? event.action : `${event.type} ${event.action}`];
      return handle?.(event, { ...context, inside });
    },
    stock: (list, context) => {
      const isFirst = !registries.isStocked();
      const moved = list.flatMap((item) => stockOne(item, { ...context, isFirst, inside }));
      if (isFirst) registries.stock(registriesIn(list, context.containers));
      return moved;
    },
    of: ({ image }) => {
      const current = isImageId(image.name) ? undefined : store.get(normalRef(image.name))?.current;
      const isNew = registries.isLater(image.registry);
      return {
        ...(current === undefined ? {} : { moved: current !== image.id }),
        ...(isNew === undefined ? {} : { registry_new: isNew }),
      };
    },
    takeChanges: () => {
      const changed = registries.takeChanges();
      return { images: store.takeChanges(), ...(changed === undefined ? {} : { registries: changed }) };
    },
    takeEvicted: store.takeEvicted,
  };
}

type Handling = ImageContext & { readonly inside: Inside };
type Handler = (event: EngineEvent, handling: Handling) => ImageEventFacts | undefined;

const handlers: Readonly<Record<string, Handler>> = {
  tag: (event, handling) => {
    const ref = normalRef(event.attributes.name ?? '');
    const facts = pointTo([ref], { ...handling, id: event.actor, at: event.at, origin: 'build' });
    handling.inside.lastTag = { at: event.at, facts };
    return facts;
  },
  pull: (event, handling) => {
    const ref = normalRef(event.actor);
    const id = handling.inspect?.Id;
    if (id !== undefined) return pointTo([ref], { ...handling, id, at: event.at, origin: 'pull' });
    return { ref, ...registryOf(ref, handling.inside) };
  },
  load: (event, handling) => arrived(event, { ...handling, id: event.actor, origin: 'load' }),
  import: (event, handling) => arrived(event, { ...handling, id: event.actor, origin: 'import' }),
  'container commit': (event, handling) => {
    const id = event.attributes.imageID ?? '';
    return isImageId(id) ? arrived(event, { ...handling, id, origin: 'commit', inspect: undefined }) : undefined;
  },
  untag: (event, { inside, inspect, containers }) => {
    const { store } = inside;
    const left = namesOf(inspect?.RepoTags);
    const removed = store.namesOf(event.actor).filter((ref) => !isImageId(ref) && !left.includes(ref));
    for (const ref of removed) store.unpoint(ref);
    const lost = (container: ContainerFacts): boolean =>
      left.length === 0 || removed.includes(normalRef(container.image.name));
    const [ref] = removed;
    return {
      id: event.actor,
      ...(ref === undefined ? {} : { ref, ...registryOf(ref, inside) }),
      ...inUseBy(containers, (container) => container.image.id === event.actor && lost(container)),
    };
  },
  delete: (event, { inside: { store }, containers }) => {
    for (const ref of store.namesOf(event.actor)) store.unpoint(ref);
    return { id: event.actor, ...inUseBy(containers, ({ image }) => image.id === event.actor) };
  },
  push: (event, { inside }) => {
    const ref = normalRef(event.actor);
    return { ref, ...registryOf(ref, inside) };
  },
  save: (event) => ({ id: event.actor }),
};

type Arrival = Handling & { readonly id: string; readonly origin: ImageOrigin };

/** An image that came by other ways than a pull or a build; a tag may have been its first word. */
function arrived(event: EngineEvent, arrival: Arrival): ImageEventFacts {
  const { id, origin, inside, inspect } = arrival;
  const { lastTag, store } = inside;
  const isSameAct = lastTag?.facts.id === id && event.at - lastTag.at < sameActMs;
  if (!isSameAct) {
    const refs = namesOf(inspect?.RepoTags);
    return pointTo(refs.length === 0 ? [id] : refs, { ...arrival, at: event.at });
  }
  if (lastTag.facts.known !== true) store.correct(id, origin);
  return { ...lastTag.facts, ...(lastTag.facts.known === true ? {} : { origin }) };
}

interface Pointing extends Arrival {
  readonly at: number;
}

/** Moves names to an image. Of several the first that pointed elsewhere is told. */
function pointTo(refs: readonly string[], { id, at, origin, inside, containers }: Pointing): ImageEventFacts {
  const { store, registries } = inside;
  const before = refs.map((ref) => ({ ref, previous: store.get(ref)?.current }));
  const moved = before.find(({ previous }) => previous !== undefined && previous !== id);
  const { ref = id, previous } = moved ?? before[0] ?? {};
  const seen = store.firstSeen(id);
  const isKnown = registries.isStocked() || seen !== undefined ? { known: seen !== undefined } : {};
  const came = seen?.origin ?? (registries.isStocked() || origin !== 'build' ? origin : undefined);
  const named = refs.filter((one) => !isImageId(one));
  const facts: ImageEventFacts = {
    ...(isImageId(ref) ? {} : { ref, ...registryOf(ref, inside) }),
    id,
    ...(moved === undefined || previous === undefined ? {} : { previous_id: previous }),
    ...isKnown,
    ...(came === undefined ? {} : { origin: came }),
    ...inUseBy(
      containers,
      ({ image }) => image.id !== id && !isImageId(image.name) && named.includes(normalRef(image.name)),
    ),
  };
  for (const one of refs) store.point(one, { id, at, origin });
  return facts;
}

function registryOf(ref: string, { registries }: Inside): ImageEventFacts {
  const { registry, repository } = parseReference(ref);
  const isNew = registries.meet(registry);
  return { registry, repository, ...(isNew === undefined ? {} : { registry_new: isNew }) };
}

function inUseBy(
  containers: readonly KnownContainer[],
  uses: (container: ContainerFacts) => boolean,
): Pick<ImageEventFacts, 'in_use_by'> {
  const users = containers.filter(
    ({ state, snapshot }) => (state === 'running' || state === 'paused') && uses(snapshot.container),
  );
  return users.length === 0 ? {} : { in_use_by: users.slice(0, mostUsers).map(({ name }) => name) };
}

type Stocking = StockContext & { readonly isFirst: boolean; readonly inside: Inside };

function stockOne(item: ImageListItem, { isFirst, inside, at, containers }: Stocking): readonly ImageEventFacts[] {
  const origin = isFirst ? 'present' : 'unseen';
  const names = namesOf(item.RepoTags);
  const told = names.flatMap((ref) => {
    const previous = inside.store.get(ref)?.current;
    if (isFirst || previous === undefined || previous === item.Id) return [];
    return [pointTo([ref], { id: item.Id, at, origin, inside, containers, inspect: undefined })];
  });
  const digests = (item.RepoDigests ?? []).filter((digest) => !digest.startsWith('<none>'));
  for (const ref of names.length === 0 ? [item.Id] : names)
    inside.store.point(ref, { id: item.Id, at, origin }, digests);
  return told;
}

const registriesIn = (list: readonly ImageListItem[], containers: readonly KnownContainer[]): readonly string[] => [
  ...list.flatMap(({ RepoTags, RepoDigests }) =>
    [...(RepoTags ?? []), ...(RepoDigests ?? [])]
      .filter((name) => !name.startsWith('<none>'))
      .map((name) => parseReference(name).registry),
  ),
  ...containers.map(({ snapshot }) => snapshot.container.image.registry),
];
