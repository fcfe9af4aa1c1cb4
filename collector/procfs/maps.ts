/** A file that is mapped to be executed. */
export interface CodeMapping {
  /** As the container sees it, ` (deleted)` cut off. */
  readonly path: string;
  readonly deleted: boolean;
  /** Decimal, of its file system. */
  readonly inode: string;
}

const mostMappings = 256;
const deletedMark = ' (deleted)';

/** Executable file mappings of /proc/PID/maps (proc_pid_maps(5)), each file once, in order: the program's own comes first. */
export function parseCodeMappings(text: string): readonly CodeMapping[] {
  const found = new Map<string, CodeMapping>();
  for (const line of text.split('\n')) {
    const [, inode, link] = /^\S+ ..x. \S+ \S+ (\d+) +(\/.*)$/.exec(line) ?? [];
    if (inode === undefined || link === undefined || found.size === mostMappings) continue;
    const deleted = link.endsWith(deletedMark);
    // Newlines in names are written as \012.
    const path = (deleted ? link.slice(0, -deletedMark.length) : link).replaceAll('\\012', '\n');
    found.set(`${inode} ${link}`, { path, deleted, inode });
  }
  return [...found.values()];
}
