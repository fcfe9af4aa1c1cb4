import { parseMountinfo } from '../../../collector/procfs/mountinfo.ts';
import { type NamespaceKind, namespaceKinds } from '../../../collector/procfs/namespaces.ts';
import type { Look } from '../../../collector/sensors/processes/look.ts';
import type { ContainerView } from '../../../collector/sensors/processes/view.ts';

const mounts = parseMountinfo(`1 0 0:39 / / rw - overlay overlay rw,upperdir=/u
2 1 0:47 / /dev/shm rw - tmpfs shm rw
3 1 8:1 /srv/data /data rw - ext4 /dev/sda1 rw
`);

const stat = { pid: 10, comm: 'app', state: 'S', parent: 9, session: 10, terminal: 0, start: '1000', image: '1 2 3' };
const status: Look['status'] = {
  uid: 0,
  effectiveUid: 0,
  vpid: 1,
  capabilities: { permitted: 0n, effective: 0n, bounding: 0n },
  noNewPrivileges: false,
  seccomp: 'filter',
};
/** Number 2 is the container's, 1 the host's; users are the host's. */
const numbered = (number: number): ReadonlyMap<NamespaceKind, string> =>
  new Map(namespaceKinds.map((kind) => [kind, `${kind}:[${kind === 'user' ? 1 : number}]`] as const));

/** An ordinary container that began at 0, whose root is `0:39` and whose host is on `8:1`. */
export const viewOf = (more: Partial<ContainerView>): ContainerView => ({
  id: 'c',
  init: stat,
  status,
  namespaces: numbered(2),
  root: { device: '0:39', inode: '1', changedAt: 0, kind: 'directory' },
  mounts,
  rootMount: mounts[0],
  upper: undefined,
  host: {
    shim: 9,
    shimExecutable: '/usr/bin/shim',
    namespaces: new Map([...numbered(1)].map(([kind, link]) => [kind, new Set([link])] as const)),
    root: { device: '8:1', inode: '2', changedAt: 0, kind: 'directory' },
    devices: new Set(['8:1']),
  },
  granted: 0n,
  facts: { id: 'c', name: 'c', image: { name: 'i', id: 'i', registry: 'r', repository: 'r/i' } },
  startedAt: 0,
  ...more,
});

/** A process of it, of which nothing more is known. */
export const lookOf = (more: Partial<Look>): Look => ({
  stat,
  status,
  loginUid: undefined,
  namespaces: numbered(2),
  mounted: 'container',
  executable: undefined,
  invokedAs: undefined,
  args: undefined,
  environ: undefined,
  root: undefined,
  workingDirectory: undefined,
  label: undefined,
  stdio: [],
  fifos: [],
  obeys: false,
  socket: undefined,
  code: [],
  script: undefined,
  ...more,
});
