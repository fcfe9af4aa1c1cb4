import { readFileSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';

/**
 * The text of a file that a sink's configuration names (a certificate, a secret). Read once, when the sink is made.
 * @param what the configuration key
 * @throws UserError
 */
export function readSinkFile(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(`${what} ${path} cannot be read: ${messageOf(error)}`, {
      fix: 'check the path, and that the account which runs moorwatch may read it',
      code: exitCode.config,
      cause: error,
    });
  }
}
