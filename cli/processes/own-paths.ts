import { resolve } from 'node:path';
import type { Config } from '../../shared/config/schema.ts';
import { packagePath } from '../../shared/package-root.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import type { CliContext } from '../context.ts';

/** What of this installation no other container should see: its state, configuration and rules (MNT-18). Absolute paths. */
export function ownPathsOf(
  { flags }: Pick<CliContext, 'flags'>,
  { config, files }: { readonly config: Config; readonly files: StateFiles },
): readonly string[] {
  const { directory, database, token, redactionKey } = files;
  const file = flags.config ?? 'moorwatch.yml';
  const rules = [packagePath('analyzer/signatures'), ...config.rules.directories];
  return ['/etc/moorwatch', file, directory, database, token, redactionKey, ...rules].map((path) => resolve(path));
}
