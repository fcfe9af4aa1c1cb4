import { closeSync, fchmodSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

/**
 * Writes what `--output` asked for.
 * @param mode of the file, also of one that was there before it is written; default: as everything of this user
 * @throws UserError when it cannot be written
 */
export function writeOutput(file: string, text: string, mode?: number): void {
  try {
    const opened = openSync(file, 'w', mode);
    try {
      if (mode !== undefined && fstatSync(opened).isFile()) fchmodSync(opened, mode);
      writeFileSync(opened, text);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw new UserError(`${escapeControl(file)} cannot be written: ${messageOf(error)}`, {
      fix: 'name a file in a directory that you may write to with --output',
      cause: error,
    });
  }
}
