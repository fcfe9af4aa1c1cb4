import { readFile } from 'node:fs/promises';
import { messageOf } from '../../shared/errors.ts';
import { contentHash } from '../../shared/hash.ts';
import type { Placeholders } from './language/placeholders.ts';
import type { RuleProblem } from './rule.ts';
import { cannotBeRead } from './versions.ts';
import type { PlaceholdersAt } from './watch-files.ts';

/** Values that rules are read with. */
export interface GivenPlaceholders {
  readonly values: Placeholders;
  /** Tells these values from others. */
  readonly digest: string;
  /** What is wrong with the file now. */
  readonly problems: readonly RuleProblem[];
}

type Parse = (
  text: string,
  file: string,
) => { readonly values: Placeholders; readonly problems: readonly RuleProblem[] };

/** Reads the file of placeholders, again and again; one that is broken or gone leaves the values in use that it had. */
export function createPlaceholdersReader(
  parse: Parse,
  clock: () => number,
): (at: PlaceholdersAt | undefined) => Promise<GivenPlaceholders> {
  let inUse: (Omit<GivenPlaceholders, 'problems'> & { readonly readAt: number }) | undefined;
  const kept = (problems: readonly RuleProblem[]): GivenPlaceholders => {
    if (inUse === undefined) return { ...nothing, problems };
    const stays = `; its values stay in use as they were read at ${new Date(inUse.readAt).toISOString()}`;
    return { ...inUse, problems: problems.map((one) => ({ ...one, message: `${one.message}${stays}` })) };
  };
  return async (at) => {
    if (at === undefined) return { ...nothing, problems: [] };
    try {
      const { values, problems } = parse(await readFile(at.path, 'utf8'), at.path);
      if (problems.length > 0) return kept(problems);
      const digest = contentHash([...values].map(([name, list]) => [name, [...list]]));
      inUse = { values, digest, readAt: clock() };
      return { values, digest, problems: [] };
    } catch (error) {
      return kept([{ severity: 'error', file: at.path, line: 1, column: 1, message: cannotBeRead(messageOf(error)) }]);
    }
  };
}

const nothing = { values: new Map<string, readonly string[]>(), digest: '' };
