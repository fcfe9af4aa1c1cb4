/**
 * Directories below the cgroup file system that hold a container's processes, best first, from /proc/PID/cgroup of its init. Version 2 is at the
 * top or under `unified`, version 1 has one tree for each controller. Empty when the paths do not name the container: the reader is in a
 * cgroup namespace of its own, or this is no container of the engine's.
 */
export function cgroupDirectories(text: string, containerId: string): readonly string[] {
  const directories = text.split('\n').flatMap((line) => {
    const [hierarchy, controllers = '', ...rest] = line.split(':');
    const path = rest.join(':');
    if (!path.includes(containerId) || path.includes('/..')) return [];
    if (hierarchy === '0' && controllers === '') return [path, `/unified${path}`];
    return controllers === 'pids' || controllers === 'memory' ? [`/${controllers}${path}`] : [];
  });
  return directories.sort((a, b) => rank(a) - rank(b));
}

const rank = (directory: string): number =>
  directory.startsWith('/pids/') || directory.startsWith('/memory/') ? 1 : 0;
