/**
 * A line of a container's mount table (/proc/PID/mountinfo) that neither the engine nor the container's configuration explains, on observations of
 * kind `syscall` (docs/decisions/mounts-are-system-calls.md). Names are the container's own and its processes': escape on output.
 */
export interface MountRowFacts {
  /** Where it is in the container. */
  readonly destination: string;
  readonly fstype: string;
  /** Verbatim: a device, or whatever word was given to mount(2). */
  readonly source: string;
  /** Which part of the file system is mounted: `/` is all of it. */
  readonly root: string;
  /** `major:minor`. */
  readonly device: string;
  readonly rw: boolean;
  /** `private` | `shared` | `slave` | `unbindable`. */
  readonly propagation: string;
  /** `start`: made by the runtime before the container's own program ran; `later`: made while it ran. */
  readonly when: 'start' | 'later';
  /** It is a mount of the container's configuration, or below one. */
  readonly declared: boolean;
  /** Its file system is on a block device of the host (loop devices are none). */
  readonly host_disk: boolean;
  /** What it shows could be seen through another mount of the container already: a bind mount within the container. */
  readonly rebind: boolean;
  /** Rows that this look found new beyond those that are told. */
  readonly untold?: number;
}
