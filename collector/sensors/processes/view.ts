import { join } from 'node:path';
import type { ContainerFacts } from '../../../shared/observation.ts';
import { capabilitySet } from '../../procfs/capabilities.ts';
import { type FileIdentity, identify } from '../../procfs/file-identity.ts';
import { type MountLine, mountAt, parseMountinfo, upperDirectory } from '../../procfs/mountinfo.ts';
import { type Namespaces, readNamespaces } from '../../procfs/namespaces.ts';
import type { Patient } from '../../procfs/patient.ts';
import { readKernelFile } from '../../procfs/read.ts';
import { type ProcessStat, parseStat } from '../../procfs/stat.ts';
import { type ProcessStatus, parseStatus } from '../../procfs/status.ts';
import { firstOf, type Hosts, type HostView } from './hosts.ts';

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

export interface ViewContext {
  readonly procfs: string;
  /** The host's / as this process sees it; '': not to be used. */
  readonly rootfs: string;
  readonly patient: Patient;
  readonly hosts: Hosts;
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
  const [root, host] = await Promise.all([patient(id, () => identify(of('root'))), context.hosts(init.parent)]);
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
