import { accessSync, constants, mkdirSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { StateFiles } from '../../shared/state-dir.ts';

/** Makes the state directory, open to its owner alone, or finds it writable. @throws UserError (77) */
export function makeStateDirectory({ directory }: StateFiles): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UserError(`the state directory ${directory} cannot be used: ${messageOf(error)}`, {
      fix: 'choose another with --state-dir, or run as its owner',
      code: exitCode.permission,
      cause: error,
    });
  }
}
