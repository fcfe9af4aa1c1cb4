import { isWithin, underRun } from './host-path.ts';

/** Where container runtimes keep images, volumes, logs and state by default; the engine at hand tells its own (DockerRootDir). */
export const engineDirectories: readonly string[] = [
  '/var/lib/docker',
  '/var/lib/containerd',
  '/var/lib/containers',
  '/run/docker',
  '/run/containerd',
  '/run/containers',
  '/run/runc',
];

/** MNT-11: in one of the directories, or above one. */
export const isWithinOrAbove = (path: string, directories: readonly string[]): boolean =>
  directories.some((directory) => isWithin(underRun(path), directory) || isWithin(directory, underRun(path)));
