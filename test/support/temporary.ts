import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/**
 * A directory that goes when the tests of a file are over.
 * @param whenOver takes what is to be done then; in a test itself that is `onTestFinished`
 */
export function temporaryDirectory(name: string, whenOver: (cleanUp: () => void) => void = afterAll): string {
  const directory = mkdtempSync(join(tmpdir(), `moorwatch-${name}-`));
  whenOver(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
