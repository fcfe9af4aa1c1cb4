import type { ImageOrigin } from '../../../shared/facts/image.ts';
import { parseReference } from '../facts/image.ts';

/** A name of images, or the id of one that has none, and what it pointed to. */
export interface KnownImage {
  /** With defaults spelled out; of an image without a name its id. */
  readonly ref: string;
  /** Id that it points to now; absent: to none. */
  readonly current?: string;
  /** Oldest first; never empty, at most 8. */
  readonly ids: readonly SeenId[];
  /** As the engine lists them. */
  readonly digests?: readonly string[];
}

export interface SeenId {
  readonly id: string;
  /** When this name first pointed to it, ms. */
  readonly at: number;
  readonly origin: ImageOrigin;
}

const mostIds = 8;

/** `name[:tag][@digest]` as a key: two ways to write one name are one. */
export function normalRef(reference: string): string {
  const { repository, tag } = parseReference(reference);
  const digest = reference.split('@')[1];
  return digest === undefined ? `${repository}:${tag ?? 'latest'}` : `${repository}@${digest}`;
}

export const isImageId = (text: string): boolean => /^(sha256:)?[0-9a-f]{12,64}$/.test(text);

/** Names of an image as inspect and list give them; `<none>:<none>` is none. */
export const namesOf = (tags: readonly string[] | null | undefined): readonly string[] =>
  (tags ?? []).filter((tag) => !tag.startsWith('<none>')).map(normalRef);

export function pointed(before: KnownImage | undefined, ref: string, seen: SeenId): KnownImage {
  const others = (before?.ids ?? []).filter(({ id }) => id !== seen.id);
  const same = before?.ids.find(({ id }) => id === seen.id);
  return { ...before, ref, current: seen.id, ids: [...others, same ?? seen].slice(-mostIds) };
}

export function unpointed({ current: _current, ...rest }: KnownImage): KnownImage {
  return rest;
}

/** Reads what `JSON.stringify` wrote of one. @throws TypeError */
export function knownImageOf(value: unknown): KnownImage {
  const { ref, ids, current } = (value ?? {}) as Partial<KnownImage>;
  const readable = (seen: unknown): boolean => typeof (seen as SeenId | null)?.id === 'string';
  if (typeof ref !== 'string' || !Array.isArray(ids) || ids.length === 0 || !ids.every(readable))
    throw new TypeError('an image has a ref and ids');
  if (current !== undefined && typeof current !== 'string') throw new TypeError('an image points to an id');
  return value as KnownImage;
}
