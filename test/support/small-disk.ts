import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own in memory (root). */
export interface SmallDisk {
  /** Its root, open to its owner alone. */
  readonly path: string;
  /** Writes until not one more byte fits. */
  fill(): void;
  /** Takes that away again. */
  free(): void;
  /** Also while somebody uses it, and more than once. */
  unmount(): void;
}

export function mountSmallDisk(megabytes = 32): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'moorwatch-small-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]);
  const ballast = join(path, 'ballast');
  let mounted = true;
  return {
    path,
    fill: () => fill(ballast),
    free: () => rmSync(ballast),
    unmount() {
      if (mounted) execFileSync('umount', ['-l', path]);
      mounted = false;
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function fill(file: string): void {
  for (const bytes of [65_536, 4_096, 1]) {
    try {
      for (;;) writeFileSync(file, Buffer.alloc(bytes), { flag: 'a' });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
}
