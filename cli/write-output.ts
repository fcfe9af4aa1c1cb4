import { writeFileSync } from 'node:fs';
import { messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

/** Writes what `--output` asked for. @param mode of a file that is made; default: as everything of this user. @throws UserError when it cannot be written */
export function writeOutput(file: string, text: string, mode?: number): void {
  try {
    writeFileSync(file, text, { ...(mode !== undefined && { mode }) });
  } catch (error) {
    throw new UserError(`${escapeControl(file)} cannot be written: ${messageOf(error)}`, {
      fix: 'name a file in a directory that you may write to with --output',
      cause: error,
    });
  }
}
