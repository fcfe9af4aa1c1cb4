/**
 * A file in a container's writable layer that differs from its image's (kind `file`, sensor `changes`). Paths and links are the attacker's. What the
 * file itself says (from `type` on) is looked up where the engine keeps it (overlay2, with `engine.rootfs`) or through `/proc/INIT/root`, without
 * opening it, and absent where neither can be had. File capabilities are not read.
 */
export interface FileFacts {
  /** As the container sees it. */
  readonly path: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'deleted';
  /**
   * What was going on when it last changed: `exec` (an exec that has ended, no health check), `copy` (the minute before a copy into the container). Absent:
   * neither, or the time of the change is not known.
   */
  readonly by?: 'exec' | 'copy';
  /** Seconds from the container's start to the last change of the file or of anything about it (ctime); below 0: before the start. */
  readonly age_s?: number;
  readonly type?: 'file' | 'directory' | 'symlink' | 'block' | 'char' | 'fifo' | 'socket';
  /** Permission bits in octal, `4755`. */
  readonly mode?: string;
  readonly uid?: number;
  readonly size?: number;
  /** Regular files: some execute bit is set. */
  readonly executable?: boolean;
  readonly setuid?: boolean;
  readonly setgid?: boolean;
  /** A regular file that has the setuid or setgid bit, and the image's own file there has not (or there is none, or it cannot be seen). */
  readonly privilege_gained?: boolean;
  /** Where a symbolic link leads, as it is written, and as an absolute path (`..` taken by text). */
  readonly target?: string;
  readonly target_path?: string;
  /** A regular file without content that had some: in the image, or at the last look. */
  readonly emptied?: boolean;
  /** A successor of it (`app.log.1`, `app.log-20260101`) is new in the same diff, or it is such a one itself and went. */
  readonly rotated?: boolean;
  /** So many more entries of the same diff were not told; on the first that is. */
  readonly left_out?: number;
}
