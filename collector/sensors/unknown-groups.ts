/** What the cgroup of a process says of the container that it is in. */
export interface ContainerGroup {
  /** 64 hexadecimal digits. */
  readonly id: string;
  readonly path: string;
}

/** Directories that runtimes name after a container: Docker, containerd and Podman with cgroupfs (`…/docker/ID`), and all with systemd. */
const byDirectory = /\/(?:docker|libpod|crio|kubepods[^/]*(?:\/[^/]+)*)\/([0-9a-f]{64})(?:\/|$)/;
const byScope = /\/(?:docker|libpod|crio|cri-containerd)-([0-9a-f]{64})\.scope(?:\/|$)/;

/**
 * The outermost container of a process, from /proc/PID/cgroup; undefined: it is in none. What an engine within a container makes lies below the outer
 * container's group and belongs to that.
 */
export function containerGroup(text: string): ContainerGroup | undefined {
  for (const line of text.split('\n')) {
    const path = line.split(':').slice(2).join(':');
    const found = [byDirectory.exec(path), byScope.exec(path)].filter((match) => match !== null);
    const [first] = found.sort((a, b) => a.index - b.index);
    const id = first?.[1];
    if (id !== undefined) return { id, path };
  }
  return undefined;
}

/** Who started a container: what its shim was told. */
export interface Runtime {
  readonly address: string;
  readonly namespace: string;
}

/** From the arguments of the process above the container's first one; undefined: that is no shim of containerd's. */
export function runtimeOf(args: readonly string[]): Runtime | undefined {
  if (!(args[0]?.split('/').at(-1) ?? '').startsWith('containerd-shim')) return undefined;
  const after = (flag: string): string => args[args.indexOf(flag) + 1] ?? '';
  return args.includes('-address') ? { address: after('-address'), namespace: after('-namespace') } : undefined;
}

/** Where a containerd listens that Docker uses, when no container of the engine's tells. */
const usual: ReadonlySet<string> = new Set([
  '/run/containerd/containerd.sock',
  '/var/run/docker/containerd/containerd.sock',
  '/run/docker/containerd/containerd.sock',
]);

/**
 * Whether a container lies in the engine's own runtime, or in none, although the engine does not know it. Kubernetes' containers in a shared containerd,
 * other containerds, Podman and CRI-O are somebody else's.
 */
export function isEngines(
  runtime: Runtime | undefined,
  of: { readonly group: ContainerGroup; readonly own: readonly Runtime[] },
): boolean {
  if (/\/(libpod|crio|kubepods|cri-containerd)/.test(of.group.path)) return false;
  if (runtime === undefined) return true;
  if (runtime.namespace === 'k8s.io') return false;
  return of.own.length === 0 ? usual.has(runtime.address) : of.own.some(({ address }) => address === runtime.address);
}
