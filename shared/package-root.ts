import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of a file that is shipped with the package, from the sources as well as from dist/. */
export function packagePath(relative: string): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory)
    directory = dirname(directory);
  return join(directory, relative);
}

/** The version in package.json. */
export function packageVersion(): string {
  try {
    const manifest: unknown = JSON.parse(readFileSync(packagePath('package.json'), 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  } catch {
    // Not there, or not ours.
  }
  return 'unknown';
}
