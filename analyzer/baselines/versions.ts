import type { StoredWorkload } from '../../shared/baseline-state.ts';
import type { ImageFacts } from '../../shared/observation.ts';
import { cappedRef } from '../capped.ts';

/** Image versions of one workload that are remembered, newest kept. */
const versionsKept = 20;

type Versions = StoredWorkload['versions'];

/** A new image of a workload inherits its baseline; that it came is remembered, with a number that no other version of it ever has. */
export function withVersion(versions: Versions | undefined, image: ImageFacts, now: number): Versions {
  const known = versions ?? [];
  if (known.some((version) => version.image === image.id)) return known;
  const number = (known.at(-1)?.number ?? -1) + 1;
  return [...known, { image: image.id, name: cappedRef(image).name, first: now, number }].slice(-versionsKept);
}

/** The number of an image among a workload's versions; undefined when it is none of them (any more). */
export const versionOf = (workload: StoredWorkload | undefined, image: string | undefined): number | undefined =>
  workload?.versions.find((version) => version.image === image)?.number;
