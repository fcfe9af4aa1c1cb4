import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Whether the descriptors of processes of other users may be listed: without that (not root, or without CAP_SYS_PTRACE) sockets are seen, but not
 * whose they are, nor the passwd of a container. undefined: no process to try it on.
 */
export function mayReadOwners(procfs: string, pids: readonly number[]): boolean | undefined {
  for (const pid of pids) {
    try {
      readdirSync(join(procfs, String(pid), 'fd'));
      return true;
    } catch (error) {
      // One that ended meanwhile says nothing.
      if (error instanceof Error && 'code' in error && error.code === 'EACCES') return false;
    }
  }
  return undefined;
}
