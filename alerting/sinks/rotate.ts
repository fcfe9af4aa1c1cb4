import { lstat, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes room at `path`: it becomes `path.1`, what had that name `path.2` and so on; `path.<keep>` is written over. Names move up to the first
 * that is free only, so a rotation that was cut off half-way costs no file when it is taken up again.
 *
 * @param keep how many files stay beside `path`, at least 1
 * @throws what the file system throws; every file is still there then, under its old name or its next
 */
export async function rotate(path: string, keep: number): Promise<void> {
  const numbered = (n: number): string => (n === 0 ? path : `${path}.${n}`);
  let free = 1;
  while (free < keep && (await isThere(numbered(free)))) free += 1;
  for (let n = free; n > 0; n -= 1) await rename(numbered(n - 1), numbered(n));
}

/** Makes names in the directory of `path` outlive a loss of power, where the file system and our rights let us. */
export async function syncNames(path: string): Promise<void> {
  const directory = await open(dirname(path)).catch(() => undefined);
  // Some file systems sync no directories; the lines themselves are synced all the same.
  await directory?.sync().catch(() => undefined);
  await directory?.close();
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
