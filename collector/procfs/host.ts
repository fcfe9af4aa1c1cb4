import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Why the host's processes cannot be looked at here, in words with what to do; undefined when they can. `what`: what is not seen then. */
export async function whyNoProcfs(procfs: string, what: string): Promise<string | undefined> {
  if (procfs === '') return `engine.procfs is empty: no ${what} are seen`;
  try {
    await readFile(join(procfs, '1', 'net/tcp'));
    return undefined;
  } catch {
    return `the host’s /proc is not readable at ${procfs}: no ${what} are seen. Mount it, or run as root`;
  }
}

/** Of this run of the kernel: with it a pid and its start time name a process for ever. '' when it cannot be read. */
export const bootId = async (procfs: string): Promise<string> =>
  (await readFile(join(procfs, 'sys/kernel/random/boot_id'), 'utf8').catch(() => '')).trim();
