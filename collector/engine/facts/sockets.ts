import { baseName, type HostPath, isWithin, type RuntimeSocket } from './host-path.ts';

/** Names under which container runtimes put their API sockets. */
const socketNames = new Set([
  'docker.sock',
  'containerd.sock',
  'crio.sock',
  'podman.sock',
  'buildkitd.sock',
  'cri-dockerd.sock',
  'dockershim.sock',
]);

/** Where they are by default: looked at on the host to know their inodes. */
export const defaultSockets = [
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/docker/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/podman/podman.sock',
  '/run/buildkit/buildkitd.sock',
  '/run/cri-dockerd.sock',
  '/run/dockershim.sock',
];

/** Directories that hold a runtime's socket wherever one runs, also when the host cannot be asked. */
const socketDirectories = [
  '/',
  '/run',
  '/var/run',
  '/var',
  '/run/docker',
  '/run/containerd',
  '/var/run/docker',
  '/var/run/containerd',
  '/run/podman',
  '/run/crio',
];

export interface SocketFacts {
  readonly is_runtime_socket: boolean;
  readonly socket_alias: boolean;
  readonly covers_socket: boolean;
  readonly socket?: string;
}

/** MNT-01, MNT-02, MNT-03: is it a runtime's socket (by name or by inode), under another name, or a directory above one? */
export function socketFacts(path: HostPath, live: readonly RuntimeSocket[]): SocketFacts {
  const same = path.identity === undefined ? undefined : live.find(({ identity }) => identity === path.identity);
  const named = live.some((socket) => socket.path === path.real) || isNamedSocket(path);
  const below = live.find((socket) => socket.path !== path.real && isWithin(socket.path, path.real));
  const covers = below !== undefined || socketDirectories.includes(path.real);
  const socket = same?.path ?? (named ? path.real : below?.path);
  return {
    is_runtime_socket: same !== undefined || named,
    // The same inode under another base name: a hard link. (A symbolic link has been followed by now and shows the real name.)
    socket_alias:
      same !== undefined && baseName(path.real) !== baseName(same.path) && !socketNames.has(baseName(path.real)),
    covers_socket: covers && same === undefined && !named,
    ...(socket === undefined ? {} : { socket }),
  };
}

/** By name alone only where it may be one: a regular file or directory that is called so is none. */
function isNamedSocket({ real, type }: HostPath): boolean {
  if (type !== undefined && type !== 'socket') return false;
  return socketNames.has(baseName(real)) || isWithin(real, '/run/containerd/s');
}
