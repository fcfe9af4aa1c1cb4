import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Profile } from '../../shared/profile/profile.ts';
import { readProfile } from '../../shared/profile/read.ts';

/** No profile is larger: it would be of more items than there may be. */
const mostBytes = 32 * 1_048_576;

/** @throws UserError (78) when there is no such file, or it is no profile */
export function profileIn(file: string): Profile {
  return readProfile(textIn(file), file);
}

function textIn(file: string): string {
  let open: number | undefined;
  try {
    open = openSync(file, 'r');
    const { size } = fstatSync(open);
    if (size > mostBytes) throw new Error(`it has ${size} bytes; a profile has at most ${mostBytes}`);
    return readFileSync(open, 'utf8');
  } catch (error) {
    throw new UserError(`the profile ${escapeControl(file)} cannot be read: ${messageOf(error)}`, {
      fix: 'name a file that `moorwatch baselines export` wrote',
      code: exitCode.config,
      cause: error,
    });
  } finally {
    if (open !== undefined) closeSync(open);
  }
}
