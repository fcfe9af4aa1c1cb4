import { opendirSync } from 'node:fs';
import { join } from 'node:path';
import { mostProcesses } from './container-processes.ts';
import { linkOf } from './read.ts';

/** Descriptors that are looked at for one question: some ten ms. */
const mostDescriptors = 4_096;

/**
 * Which of these sockets (inodes) one of the processes holds, the newest process first. At once, because the holder may be gone with the next turn
 * of the event loop. Bounded: who has many descriptors may hide one.
 */
export function socketsHeld(procfs: string, pids: readonly number[], wanted: ReadonlySet<string>): ReadonlySet<string> {
  const held = new Set<string>();
  let left = mostDescriptors;
  for (const pid of [...pids].sort((a, b) => b - a).slice(0, mostProcesses)) {
    for (const link of descriptors(join(procfs, String(pid), 'fd'), left)) {
      left -= 1;
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined && wanted.has(inode)) held.add(inode);
    }
    if (left <= 0) break;
  }
  return held;
}

function descriptors(directory: string, most: number): readonly string[] {
  const links: string[] = [];
  try {
    const entries = opendirSync(directory);
    try {
      for (let entry = entries.readSync(); entry !== null && links.length < most; entry = entries.readSync())
        links.push(linkOf(join(directory, entry.name)) ?? '');
    } finally {
      entries.closeSync();
    }
  } catch {
    // It ended, or may not be looked at.
  }
  return links;
}
