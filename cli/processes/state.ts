import { existsSync, mkdirSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { StateFiles } from '../../shared/state-dir.ts';

/** Makes the state directory, open to its owner alone. @throws UserError (77) */
export function makeStateDirectory({ directory }: StateFiles): void {
  if (existsSync(directory)) return;
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new UserError(`the state directory ${directory} cannot be made: ${messageOf(error)}`, {
      fix: 'choose another with --state-dir, or run as its owner',
      code: exitCode.permission,
      cause: error,
    });
  }
}
