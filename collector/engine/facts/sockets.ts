import { baseName, type HostPath, isWithin, type RuntimeSocket, underRun } from './host-path.ts';

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
export const defaultSockets: readonly string[] = [
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/docker/containerd/containerd.sock',
  '/run/crio/crio.sock',
  '/run/podman/podman.sock',
  '/run/buildkit/buildkitd.sock',
  '/run/cri-dockerd.sock',
  '/run/dockershim.sock',
];

/** Sockets of containerd's shims, one for each container. */
const shimSockets = '/run/containerd/s';

/** Directories that hold a runtime's socket wherever one runs, also when the host cannot be asked. /var: /var/run leads to /run. */
const socketDirectories: ReadonlySet<string> = new Set(['/', '/var', shimSockets, ...defaultSockets.flatMap(above)]);

function above(path: string): readonly string[] {
  const parent = path.slice(0, path.lastIndexOf('/'));
  return parent === '' ? [] : [parent, ...above(parent)];
}

export interface SocketFacts {
  readonly is_runtime_socket: boolean;
  readonly socket_alias: boolean;
  readonly covers_socket: boolean;
  readonly socket?: string;
}

/**
 * MNT-01, MNT-02, MNT-03: is it a runtime's socket (by name or by inode), under another name, or a directory above one?
 * `written`: the source as it was asked for; what a link was called does not show in the real path any more.
 */
export function socketFacts(path: HostPath, written: string, live: readonly RuntimeSocket[]): SocketFacts {
  const real = underRun(path.real);
  const same = path.identity === undefined ? undefined : live.find(({ identity }) => identity === path.identity);
  const named = live.some((socket) => underRun(socket.path) === real) || isNamedSocket(real, path.type);
  const below = live.find((socket) => underRun(socket.path) !== real && isWithin(underRun(socket.path), real));
  const isSocket = same !== undefined || named;
  const mayCover = path.type === undefined || path.type === 'directory';
  const socket = same?.path ?? (named ? path.real : below?.path);
  return {
    is_runtime_socket: isSocket,
    socket_alias: same !== undefined && [path.real, written].some((name) => isAnotherName(name, same.path)),
    covers_socket: !isSocket && mayCover && (below !== undefined || socketDirectories.has(real)),
    ...(socket === undefined ? {} : { socket }),
  };
}

const isAnotherName = (name: string, socket: string): boolean =>
  baseName(name) !== baseName(socket) && !socketNames.has(baseName(name));

/** By name alone only where it may be one: a regular file or directory that is called so is none. */
function isNamedSocket(real: string, type: HostPath['type']): boolean {
  if (type !== undefined && type !== 'socket') return false;
  return socketNames.has(baseName(real)) || (real !== shimSockets && isWithin(real, shimSockets));
}
