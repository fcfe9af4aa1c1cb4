import { join } from 'node:path';
import { type FileIdentity, identify } from '../../procfs/file-identity.ts';
import { parseMountinfo } from '../../procfs/mountinfo.ts';
import { type NamespaceKind, namespaceKinds, readNamespaces } from '../../procfs/namespaces.ts';
import type { Patient } from '../../procfs/patient.ts';
import { linkOf, readKernelFile } from '../../procfs/read.ts';

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

/** The host of a container with this shim. */
export type Hosts = (shim: number) => Promise<HostView>;

export interface HostsContext {
  readonly procfs: string;
  /** The host's / as this process sees it; '': not to be used. */
  readonly rootfs: string;
  readonly patient: Patient;
  now(): number;
}

/** A host has some mounts for each of its containers: their list is read again after so long, and once for all of them. */
const devicesMs = 10_000;

export function createHosts({ procfs, rootfs, patient, now }: HostsContext): Hosts {
  let devices = new Map<string, ReadonlySet<string>>();
  let asked = 0;
  const devicesOf = (pid: number): ReadonlySet<string> => {
    if (now() - asked >= devicesMs) devices = new Map();
    const key = linkOf(join(procfs, String(pid), 'ns/mnt')) ?? String(pid);
    const known = devices.get(key);
    if (known !== undefined) return known;
    asked = now();
    const found = parseMountinfo(readKernelFile(join(procfs, String(pid), 'mountinfo')) ?? '');
    const fresh = new Set(found.map(({ device }) => device));
    devices.set(key, fresh);
    return fresh;
  };
  return async (shim) => {
    const witnesses = shim > 1 ? [1, shim] : [1];
    const seen = witnesses.map((pid) => readNamespaces(procfs, pid));
    const namespaces = new Map(
      namespaceKinds.map((kind) => [kind, new Set(seen.flatMap((of) => of.get(kind) ?? []))] as const),
    );
    const roots = [...witnesses.map((pid) => join(procfs, String(pid), 'root')), ...(rootfs === '' ? [] : [rootfs])];
    return {
      shim,
      shimExecutable: shim > 1 ? linkOf(join(procfs, String(shim), 'exe')) : undefined,
      namespaces,
      root: await firstOf(roots, (path) => patient('host', () => identify(path))),
      devices: new Set(witnesses.flatMap((pid) => [...devicesOf(pid)])),
    };
  };
}

export async function firstOf<T>(
  paths: readonly string[],
  ask: (path: string) => Promise<T | undefined>,
): Promise<T | undefined> {
  for (const path of paths) {
    const answer = await ask(path);
    if (answer !== undefined) return answer;
  }
  return undefined;
}
