import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { linkOf } from '../../procfs/read.ts';

const mostDescriptors = 1_024;

/** Links of a process's open descriptors, at most so many; none where they may not be listed. */
export function descriptorsOf(procfs: string, pid: number): readonly string[] {
  const directory = join(procfs, String(pid), 'fd');
  try {
    const names = readdirSync(directory).slice(0, mostDescriptors);
    return names.flatMap((name) => linkOf(join(directory, name)) ?? []);
  } catch {
    return [];
  }
}
