import { join } from 'node:path';
import type { ContainerFacts } from '../../../shared/observation.ts';
import { capabilitySet } from '../../procfs/capabilities.ts';
import { type FileIdentity, identify } from '../../procfs/file-identity.ts';
import { type MountLine, mountAt, parseMountinfo, upperDirectory } from '../../procfs/mountinfo.ts';
import { type NamespaceKind, type Namespaces, namespaceKinds, readNamespaces } from '../../procfs/namespaces.ts';
import type { Patient } from '../../procfs/patient.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';
import { type ProcessStat, parseStat } from '../../procfs/stat.ts';
import { type ProcessStatus, parseStatus } from '../../procfs/status.ts';

/** What the processes of a container are measured by: its first process, its host and what the engine says of it. */
export interface ContainerView {
  readonly id: string;
  readonly init: ProcessStat;
  readonly status: ProcessStatus;
  readonly namespaces: Namespaces;
  readonly root: FileIdentity | undefined;
  readonly mounts: readonly MountLine[];
  readonly rootMount: MountLine | undefined;
  /** Its writable layer, as this process can look into it; undefined: unknown, or not of overlayfs. */
  readonly upper: string | undefined;
  readonly host: HostView;
  /** What any of its processes may have: bounding and permitted set of its first one, and what it was configured with. */
  readonly granted: bigint;
  readonly facts: ContainerFacts;
  readonly startedAt: number;
}

/** The host as the engine has it. */
export interface HostView {
  /** Parent of the container's first process: the runtime's shim. 0: not in this /proc. */
  readonly shim: number;
  readonly shimExecutable: string | undefined;
  /** Those of process 1 and of the shim, which differ where the engine itself lives in namespaces of its own. */
  readonly namespaces: ReadonlyMap<NamespaceKind, ReadonlySet<string>>;
  readonly root: FileIdentity | undefined;
  /** `major:minor` of the host's file systems. */
  readonly devices: ReadonlySet<string>;
}

export interface ViewContext {
  readonly procfs: string;
  /** The host's / as this process sees it; '': not to be used. */
  readonly rootfs: string;
  readonly patient: Patient;
}

interface Subject {
  readonly id: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly configuration: ContainerFacts;
}

/** undefined: its first process is gone. */
export async function viewOf(
  { id, pid, startedAt, configuration: facts }: Subject,
  context: ViewContext,
): Promise<ContainerView | undefined> {
  const { procfs, patient } = context;
  const of = (name: string): string => join(procfs, String(pid), name);
  const init = parseStat(readKernelFile(of('stat')) ?? '');
  const status = parseStatus(readKernelFile(of('status')) ?? '');
  if (init === undefined || status === undefined) return undefined;
  const mounts = parseMountinfo(readKernelFile(of('mountinfo')) ?? '');
  const rootMount = mountAt(mounts, '/');
  const [root, host] = await Promise.all([patient(id, () => identify(of('root'))), hostView(init.parent, context)]);
  const { permitted, bounding } = status.capabilities;
  return {
    id,
    init,
    status,
    namespaces: readNamespaces(procfs, pid),
    root,
    mounts,
    rootMount,
    upper: await upperOf(rootMount, { ...context, shim: init.parent }),
    host,
    granted: permitted | bounding | capabilitySet(facts.caps?.effective ?? []),
    facts,
    startedAt,
  };
}

async function hostView(shim: number, { procfs, rootfs, patient }: ViewContext): Promise<HostView> {
  const witnesses = shim > 1 ? [1, shim] : [1];
  const places = witnesses.map((pid) => join(procfs, String(pid)));
  const seen = witnesses.map((pid) => readNamespaces(procfs, pid));
  const namespaces = new Map(
    namespaceKinds.map((kind) => [kind, new Set(seen.flatMap((of) => of.get(kind) ?? []))] as const),
  );
  const roots = [...places.map((place) => join(place, 'root')), ...(rootfs === '' ? [] : [rootfs])];
  const mounts = places.flatMap((place) => parseMountinfo(readKernelFile(join(place, 'mountinfo')) ?? ''));
  return {
    shim,
    shimExecutable: shim > 1 ? linkOf(join(procfs, String(shim), 'exe')) : undefined,
    namespaces,
    root: await firstOf(roots, (path) => patient('host', () => identify(path))),
    devices: new Set(mounts.map(({ device }) => device)),
  };
}

/** The engine named the directory in its own file system, which is the shim's. */
async function upperOf(
  mount: MountLine | undefined,
  { procfs, rootfs, patient, shim }: ViewContext & { readonly shim: number },
): Promise<string | undefined> {
  const directory = mount === undefined ? undefined : upperDirectory(mount);
  if (directory === undefined) return undefined;
  const roots = [...(shim > 1 ? [join(procfs, String(shim), 'root')] : []), ...(rootfs === '' ? [] : [rootfs])];
  return firstOf(
    roots.map((root) => join(root, directory)),
    async (path) => ((await patient('host', () => identify(path)))?.kind === 'directory' ? path : undefined),
  );
}

async function firstOf<T>(
  paths: readonly string[],
  ask: (path: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const path of paths) {
    const answer = await ask(path);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
