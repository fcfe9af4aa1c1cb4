import { posix } from 'node:path';
import type { FileFacts } from '../../../shared/facts/file.ts';
import type { ChangeItem } from '../../engine/inspect-types.ts';

/** An entry of a container's diff. */
export interface Entry {
  readonly path: string;
  readonly change: FileFacts['change'];
}

const changes = ['changed', 'added', 'deleted'] as const;

/** Where what is worth a look lies; the rest comes after it. */
const places = [
  /\/\.ssh\/|_history$/,
  /^\/(usr\/s?bin|s?bin)(\/|$)/,
  /^\/dev(\/|$)/,
  /^\/etc(\/|$)/,
  /^\/root(\/|$)/,
  /^\/var\/spool\/cron(\/|$)/,
  /^\/var\/log(\/|$)/,
  /^\/run(\/|$)/,
  /^\/(usr\/)?lib(64|32)?\/.*\.so/,
];
/** So many of each place, and of the rest, come before all others: a flood of files in one hides nothing elsewhere. */
const ofEachPlace = 150;

/** The entries that say something, most telling first, in an order that stays: the engine’s changes with every answer. A directory that changed because something in it did says nothing. */
export function entriesOf(items: readonly ChangeItem[]): readonly Entry[] {
  const entries = items.flatMap(({ Path, Kind }): Entry[] => {
    const change = changes[Kind];
    return change === undefined || Path === '/' ? [] : [{ path: Path, change }];
  });
  const parents = new Set(entries.map(({ path }) => posix.dirname(path)));
  const told = entries
    .filter(({ path, change }) => change === 'deleted' || !parents.has(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  return inTurns(told);
}

/** The first of each place, the second of each, and so on; of what is behind the quotas the places come before the rest. */
function inTurns(entries: readonly Entry[]): readonly Entry[] {
  const byPlace: Entry[][] = [...places, undefined].map(() => []);
  for (const entry of entries) {
    const place = places.findIndex((pattern) => pattern.test(entry.path));
    byPlace.at(place)?.push(entry);
  }
  const turns = Array.from({ length: ofEachPlace }, (_, turn) => byPlace.flatMap((of) => of[turn] ?? []));
  return [...turns.flat(), ...byPlace.flatMap((of) => of.slice(ofEachPlace))];
}

/** `app.log.1`, `app.log.2.gz`, `app.log-20260101`. */
const isOld = (path: string): boolean => /[.-]\d{1,10}(\.(gz|xz|bz2|zst))?$/.test(path);

/** Of these entries: which were rotated. */
export function rotatedPaths(entries: readonly Entry[]): ReadonlySet<string> {
  const old = entries.filter(({ path }) => isOld(path));
  const successors = old.filter(({ change }) => change !== 'deleted').map(({ path }) => path);
  const bases = successors.map((path) => path.replace(/(\.(gz|xz|bz2|zst))?$/, '').replace(/[.-]\d{1,10}$/, ''));
  return new Set([...bases, ...old.filter(({ change }) => change === 'deleted').map(({ path }) => path)]);
}
