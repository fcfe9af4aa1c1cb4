import { closeSync, openSync, readlinkSync, readSync } from 'node:fs';

/** Longest file of the kernel's that is read: maps and mountinfo of a process can be megabytes. */
const mostBytes = 256 * 1024;
let buffer = Buffer.allocUnsafe(mostBytes);

/**
 * A file that the kernel makes in memory (stat, status, maps, mountinfo, cgroup.procs), or its beginning; undefined when it cannot be read. Read
 * synchronously on purpose: a trip through the thread pool costs several times what the read does. Never for cmdline and environ, nor for
 * anything behind exe, root or cwd: those can wait for a file system of the process's own for ever (patient.ts).
 */
export function readKernelFile(path: string, most = mostBytes): string | undefined {
  const bytes = readKernelBytes(path, most);
  return bytes === undefined ? undefined : bytes.toString('utf8');
}

function readKernelBytes(path: string, most: number): Buffer | undefined {
  if (buffer.length < most) buffer = Buffer.allocUnsafe(most);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    let length = 0;
    while (length < most) {
      const read = readSync(file, buffer, length, most - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** What a link of /proc says; undefined when it cannot be read. The kernel makes it up from memory: the file behind it is not touched. */
export function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
