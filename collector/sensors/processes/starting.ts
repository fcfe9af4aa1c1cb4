import { baseName } from '../../engine/facts/host-path.ts';
import type { PlacedFile } from './place.ts';

const runtime = /^(runc|crun|youki|runsc|docker|containerd|conmon|podman|balena)/;
/** A copy of itself that runc runs from memory, against being overwritten. */
const clone = /^\/memfd:(runc|crun|youki)/;

export const longestStartMs = 5_000;
const hostMs = 1_000;
/** On a busy host a container takes seconds from there to its program. */
const detachedMs = 15_000;

/**
 * How long a process may be a runtime that is about to become what it was asked to start, by the file that it still runs (N6, L25, B23): with the
 * rights and, for a moment, the namespaces of the host. Never by what it says it is called.
 */
export function startingMs({ path }: PlacedFile, layer: string | undefined): number {
  if (layer === 'memfd') return clone.test(path) ? longestStartMs : 0;
  if (layer !== 'host' && layer !== 'unknown') return 0;
  // A runtime that has left the host's root behind: its own file is nowhere in the new one.
  if (layer === 'host' && path === '/') return detachedMs;
  if (runtime.test(baseName(path))) return longestStartMs;
  return layer === 'host' ? hostMs : 0;
}
