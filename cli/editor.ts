import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exitCode, messageOf, UserError } from '../shared/errors.ts';
import { escapeControl } from '../shared/escape.ts';

/** A text in a file of its own that nobody else may read, in a directory that nobody else may enter. */
export interface Draft {
  readonly file: string;
  remove(): void;
}

export function createDraft(name: string, text: string): Draft {
  // 0700, as mkdtemp makes it.
  const directory = mkdtempSync(path.join(tmpdir(), 'moorwatch-'));
  const file = path.join(directory, name);
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  return { file, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** @throws UserError when none is set */
export function editorOf(editor: string | undefined): string {
  if (editor !== undefined) return editor;
  throw new UserError('no editor is set', {
    fix: 'set $VISUAL or $EDITOR, as in `EDITOR=nano moorwatch …`',
    code: exitCode.usage,
  });
}

/**
 * Runs the editor on a file and waits for its end. As git and crontab do, its setting is a shell's: it may have options (`code --wait`).
 * @throws UserError when it does not end with 0
 */
export async function edit(editor: string, file: string): Promise<void> {
  // Ctrl-C is the editor's while it runs.
  const ignore = (): void => undefined;
  process.on('SIGINT', ignore);
  try {
    const ended = await endOf(editor, file);
    if (ended !== 0)
      throw new UserError(`the editor ended with ${ended}: ${escapeControl(editor, 200)}`, {
        fix: 'nothing was changed; see that $VISUAL or $EDITOR names an editor that waits until the file is closed',
      });
  } finally {
    process.off('SIGINT', ignore);
  }
}

const endOf = async (editor: string, file: string): Promise<number | string> =>
  await new Promise((resolve) => {
    const child = spawn('sh', ['-c', `${editor} "$@"`, editor, file], { stdio: 'inherit' });
    child.once('error', (error) => resolve(messageOf(error)));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'nothing'));
  });
