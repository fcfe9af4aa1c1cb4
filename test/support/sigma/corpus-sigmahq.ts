import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A checkout of SigmaHQ's rules, or any directory of rules; it is never part of this repository. */
export const sigmaRules = process.env.SIGMA_RULES;

/** Directories of a checkout that hold rules; the directory itself when it has none of those; [] without SIGMA_RULES. */
export function sigmaHqPaths(checkout = sigmaRules): readonly string[] {
  if (checkout === undefined || checkout === '') return [];
  const directories = readdirSync(checkout, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && /^rules(-|$)/.test(entry.name),
  );
  return directories.length === 0 ? [checkout] : directories.map(({ name }) => join(checkout, name));
}
