/**
 * A process in a container, as the host's /proc shows it (sensor `processes`) or as an exec tells of it (then only what the engine says).
 * What a fact cannot be worked out for, for want of rights or because the process was gone, is absent: rules never take that for "no".
 */
export interface ProcessFacts {
  /** Host's number. */
  readonly pid?: number;
  /** Its number in its own pid namespace. */
  readonly vpid?: number;
  /** Clock ticks since boot (/proc/PID/stat, field 22), as text: with the pid it names the process. */
  readonly start?: string;
  /** Absolute, as the container sees it; a list when the file and the invoked path differ (a busybox applet): any of them may match. */
  readonly executable?: string | readonly string[];
  /** Base name of the file that runs. */
  readonly name?: string;
  /** /proc/PID/comm: whatever the process says it is. */
  readonly comm?: string;
  /** First argument, likewise. */
  readonly argv0?: string;
  readonly args?: readonly string[];
  /** Files that the arguments name, in one spelling whatever was written; at most 16 (shared/clean-path.ts). */
  readonly paths?: readonly string[];
  /** Arguments joined by spaces, for contains-matching. Redacted. */
  readonly command_line?: string;
  /** The command line is longer than what was read. */
  readonly args_truncated?: boolean;
  readonly working_directory?: string;
  /** The working directory lies outside of what the container's root reaches (ESC-14). */
  readonly working_directory_outside?: boolean;
  /**
   * Where its root is, by device and inode: `container` (that of the container's init), `inside` (a directory of the container's own file system),
   * `mount` (on a host directory that is mounted into it), `host` (the host's root).
   */
  readonly root_place?: 'container' | 'inside' | 'mount' | 'host';
  /** Effective one. */
  readonly user?: { readonly id?: number; readonly name?: string };
  readonly real_user?: { readonly id?: number };
  /**
   * As whom a person logged in to the host before this was begun (/proc/PID/loginuid). Absent where no login was: what the engine's service begins
   * has none.
   */
  readonly login_user?: { readonly id?: number };
  readonly capabilities?: {
    readonly effective: readonly string[];
    readonly permitted: readonly string[];
    /** Effective or permitted ones that the container was not granted; ambient rights of a user namespace of its own do not count. */
    readonly beyond: readonly string[];
  };
  /** /proc/PID/status Seccomp. */
  readonly seccomp?: 'off' | 'strict' | 'filter';
  /** Its container's init has a filter, it has none (ESC-41). */
  readonly seccomp_missing?: boolean;
  readonly no_new_privileges?: boolean;
  /** Its container's init has it, it has not. */
  readonly no_new_privileges_missing?: boolean;
  /** /proc/PID/attr/current, without the mode in brackets. */
  readonly lsm_label?: string;
  /** It runs unconfined although the engine says the container has a profile (ESC-17). */
  readonly lsm_missing?: boolean;
  /** Kinds of namespaces it shares with the host: `mnt`, `pid`, `net`, `ipc`, `uts`, `user`, `cgroup` (never `time`). */
  readonly ns_host?: readonly string[];
  /** Those of them that the container's configuration does not declare (ESC-11). */
  readonly ns_undeclared?: readonly string[];
  /** Kinds that are neither its container's init's nor the host's: made by itself or another container's (ESC-26). */
  readonly ns_foreign?: readonly string[];
  readonly exe?: ExecutableFacts;
  /** A script among the arguments: the file an interpreter runs (FIL-03). */
  readonly script?: FileOriginFacts & { readonly path: string };
  /** Executable mappings that are not the program's image's: libraries of the writable layer, of tmpfs, or deleted ones; at most 8. */
  readonly libraries_foreign?: readonly string[];
  readonly stdio?: StdioFacts;
  /** It has a controlling terminal. */
  readonly tty?: boolean;
  readonly parent?: ParentFacts;
  /** Executables from the parent up to the container's first process, nearest first; at most 16. */
  readonly ancestors?: readonly string[];
  /**
   * How it came into the container: `init` (the container's own), `exec` (an exec of the engine and what descends from it), `descendant` (of the
   * container's first process), `entered` (its ancestors lead out of the container and no exec or start accounts for it, EXE-11).
   */
  readonly origin?: 'init' | 'exec' | 'descendant' | 'entered';
  /** Seconds between its container's start and its own. */
  readonly container_age_s?: number;
  /** Names as ContainerFacts.env_dangerous, in its own environment. */
  readonly env_dangerous?: readonly string[];
  /** Those of them that the container's configuration does not set (EXE-07). */
  readonly env_injected?: readonly string[];
  /** First argument is a shell, by the base name of the file or of what it was invoked as. */
  readonly is_shell?: boolean;
  /** Its comm or first argument is written like a kernel thread's, or is a runtime's name, and its file is another (EVA-02, FIL-12). */
  readonly masquerades_as?: 'kernel-thread' | 'runtime';
}

export interface FileOriginFacts {
  /**
   * Where the file lives: `lower` (the image), `upper` (the container's writable layer), `volume` (a bind mount or volume), `tmpfs`, `memfd`,
   * `host` (no file system of the container's), `unknown`.
   */
  readonly layer?: 'lower' | 'upper' | 'volume' | 'tmpfs' | 'memfd' | 'host' | 'unknown';
  /** Seconds from the container's last start to the file's last change (ctime); below 0: older than the start. */
  readonly age_s?: number;
  /** Seconds from the container's creation to the same; above 0 while age_s is below: it changed in a life of the container before this one. */
  readonly since_created_s?: number;
}

export interface ExecutableFacts extends FileOriginFacts {
  /** `major:minor:inode`. */
  readonly dev_ino?: string;
  /** The file was deleted while it runs. */
  readonly deleted?: boolean;
}

export interface StdioFacts {
  readonly in?: StdioKind;
  readonly out?: StdioKind;
  readonly err?: StdioKind;
  /**
   * The connected TCP socket at its stdin or stdout (`direct`), or, of a shell or interpreter whose stdin and stdout are pipes, the one that the
   * process holds which has the other end of its stdout as stdin (`pipe`). NET-01.
   */
  readonly socket?: {
    readonly via: 'direct' | 'pipe';
    readonly ip: string;
    readonly port: number;
    /** As EndpointFacts.scope. */
    readonly scope?: string;
  };
}

export type StdioKind = 'socket' | 'pipe' | 'tty' | 'null' | 'file' | 'other';

export interface ParentFacts {
  readonly pid?: number;
  readonly executable?: string | readonly string[];
  readonly command_line?: string;
}
