import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Absolute path of a file that is shipped with the package, from the sources as well as from dist/. */
export function packagePath(relative: string): string {
  let directory = import.meta.dirname;
  while (!existsSync(join(directory, 'package.json')) && dirname(directory) !== directory)
    directory = dirname(directory);
  return join(directory, relative);
}
