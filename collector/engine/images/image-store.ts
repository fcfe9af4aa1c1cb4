import { type KnownImage, pointed, type SeenId, unpointed } from './known-image.ts';

/** All names of one host, and for each id when it was first seen. Bounded: the name that was touched longest ago goes first. */
export interface ImageStore {
  get(ref: string): KnownImage | undefined;
  /** The first sight of an id under any name. */
  firstSeen(id: string): SeenId | undefined;
  /** Names that point to this id now. */
  namesOf(id: string): readonly string[];
  all(): readonly KnownImage[];
  point(ref: string, seen: SeenId, digests?: readonly string[]): void;
  unpoint(ref: string): void;
  /** The id came in another way than was thought when it was first heard of. */
  correct(id: string, origin: SeenId['origin']): void;
  /** What changed since the last call, to be written down; null: forgotten. */
  takeChanges(): ReadonlyMap<string, KnownImage | null>;
  /** How many were forgotten because there are too many, since the last call. */
  takeEvicted(): number;
}

const mostNames = 4_000;

export function createImageStore(restored: readonly KnownImage[] = []): ImageStore {
  const names = new Map<string, KnownImage>();
  const first = new Map<string, SeenId>();
  let changes = new Map<string, KnownImage | null>();
  let evicted = 0;
  const remember = (image: KnownImage): void => {
    names.delete(image.ref);
    names.set(image.ref, image);
    for (const seen of image.ids) {
      const known = first.get(seen.id);
      if (known === undefined || seen.at < known.at) first.set(seen.id, seen);
    }
  };
  const forgetOldest = (): void => {
    const [oldest] = names;
    if (names.size <= mostNames || oldest === undefined) return;
    const [ref, { ids }] = oldest;
    names.delete(ref);
    changes.set(ref, null);
    evicted += 1;
    const kept = new Set([...names.values()].flatMap((image) => image.ids.map(({ id }) => id)));
    for (const { id } of ids) if (!kept.has(id)) first.delete(id);
  };
  const put = (image: KnownImage): void => {
    remember(image);
    changes.set(image.ref, image);
    forgetOldest();
  };
  for (const image of restored) remember(image);
  return {
    get: (ref) => names.get(ref),
    firstSeen: (id) => first.get(id),
    namesOf: (id) => [...names.values()].filter(({ current }) => current === id).map(({ ref }) => ref),
    all: () => [...names.values()],
    point: (ref, seen, digests) => {
      const before = names.get(ref);
      // How an id came is said by its first sight, under whatever name.
      const sight = { ...seen, origin: first.get(seen.id)?.origin ?? seen.origin };
      const after = pointed(before, ref, sight);
      const same = before?.current === seen.id && (digests ?? []).join() === (before.digests ?? []).join();
      if (!same) put(digests?.length ? { ...after, digests } : after);
    },
    unpoint: (ref) => {
      const image = names.get(ref);
      if (image?.current !== undefined) put(unpointed(image));
    },
    correct: (id, origin) => {
      for (const image of [...names.values()].filter(({ ids }) => ids.some((seen) => seen.id === id)))
        put({ ...image, ids: image.ids.map((seen) => (seen.id === id ? { ...seen, origin } : seen)) });
      const seen = first.get(id);
      if (seen !== undefined) first.set(id, { ...seen, origin });
    },
    takeChanges: () => {
      const taken = changes;
      changes = new Map();
      return taken;
    },
    takeEvicted: () => {
      const taken = evicted;
      evicted = 0;
      return taken;
    },
  };
}
