import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exhaustMap, from, ignoreElements, interval, merge, mergeMap, type Observable, tap } from 'rxjs';
import type { HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { bootId, whyNoProcfs } from '../procfs/host.ts';
import { type MountLine, parseMountTable } from '../procfs/mount-table.ts';
import type { Sensor } from '../sensor.ts';
import { createSweepSchedule } from '../sweep-schedule.ts';
import type { SweptContainer } from '../sweeps.ts';
import { type Drift, type KnownLines, keysOf, mountDrift } from './mounts-drift.ts';
import type { DeclaredMounts } from './mounts-explained.ts';

export interface MountsOptions {
  readonly procfs: string;
  readonly fastMs: number;
  readonly slowMs: number;
  /** Ids of containers in which something just began. */
  readonly stirred$: Observable<string>;
  containers(): readonly SweptContainer[];
  /** undefined: the container is not known any more. */
  declared(id: string): DeclaredMounts | undefined;
  host(): HostRef | undefined;
  now(): number;
}

/** What is mounted in each container beyond its configuration, from the mount table of its init. */
export function createMountsSensor(options: MountsOptions): Sensor {
  return {
    name: 'mounts',
    tier: 'procfs',
    available: () => whyNoProcfs(options.procfs, 'mounts'),
    observe: () => sweeps(options),
  };
}

/** What was last seen of one life of a container. */
interface Seen {
  readonly text: string;
  readonly known: KnownLines;
}

function sweeps(options: MountsOptions): Observable<Observation> {
  const { procfs, stirred$, now } = options;
  const schedule = createSweepSchedule(options);
  const seen = new Map<string, Seen>();
  const turn = async (boot: string): Promise<readonly Observation[]> => {
    const host = options.host();
    const containers = options.containers();
    const living = new Set(containers.map(lifeOf));
    for (const life of seen.keys()) if (!living.has(life)) seen.delete(life);
    if (host === undefined) return [];
    const due = schedule.due(now(), containers);
    const found: Observation[] = [];
    for (const container of containers) {
      if (!due.has(container.id)) continue;
      const drifts = await look(container, { options, seen });
      found.push(...told(drifts).map((drift) => observation(drift, { container, host, boot, at: now() })));
    }
    return found;
  };
  const stirs$ = stirred$.pipe(
    tap((id) => schedule.stir(id, now())),
    ignoreElements(),
  );
  const sweeps$ = from(bootId(procfs)).pipe(
    mergeMap((boot) => interval(options.fastMs).pipe(exhaustMap(() => turn(boot)))),
    mergeMap((observations) => observations),
  );
  return merge(sweeps$, stirs$);
}

const lifeOf = ({ id, pid }: SweptContainer): string => `${id} ${pid}`;

/**
 * The table is read whole, because what is new stands at its end; the kernel bounds it (fs.mount-max). A pid that is another's by now, or that of a
 * runtime which has not yet entered the container, has a root that is not the container's own: its table says nothing.
 */
async function look(
  container: SweptContainer,
  { options, seen }: { readonly options: MountsOptions; readonly seen: Map<string, Seen> },
): Promise<readonly Drift[]> {
  const declared = options.declared(container.id);
  const place = join(options.procfs, String(container.pid));
  const text = await readFile(join(place, 'mountinfo'), 'utf8').catch(() => '');
  const before = seen.get(lifeOf(container));
  if (declared === undefined || text === '' || text === before?.text) return [];
  const cgroup = await readFile(join(place, 'cgroup'), 'utf8').catch(() => '');
  const lines = parseMountTable(text);
  if (!isSettled(lines, { cgroup, id: container.id })) return [];
  seen.set(lifeOf(container), { text, known: keysOf(lines) });
  return mountDrift(lines, { known: before?.known, declared });
}

/** Its own /proc, and a cgroup that names the container, or cannot: then the reader has a cgroup namespace of its own. */
function isSettled(lines: readonly MountLine[], { cgroup, id }: { cgroup: string; id: string }): boolean {
  const isOthers = /[0-9a-f]{64}/.test(cgroup) && !cgroup.includes(id);
  return !isOthers && lines.some(({ point }) => point === '/');
}

/** So many rows of one container are told of one look, the most telling ones first. */
const mostTold = 64;

function told(drifts: readonly Drift[]): readonly Drift[] {
  if (drifts.length <= mostTold) return drifts;
  const sorted = [...drifts].sort((a, b) => weight(b) - weight(a)).slice(0, mostTold);
  const untold = drifts.length - mostTold;
  return sorted.map((drift, index) => (index === 0 ? { ...drift, row: { ...drift.row, untold } } : drift));
}

function weight({ row: { host_disk, rebind, fstype, destination } }: Drift): number {
  if (host_disk && !rebind) return 3;
  if (destination.startsWith('/proc/')) return 2;
  return /^(cgroup2?|proc|sysfs|binfmt_misc|fuse\.lxcfs)$/.test(fstype) ? 1 : 0;
}

function observation(
  { line, action, row }: Drift,
  of: { readonly container: SweptContainer; readonly host: HostRef; readonly boot: string; readonly at: number },
): Observation {
  const { container, host, boot } = of;
  const at = Math.trunc(of.at);
  const { id, parent, device, type, root, point } = line;
  const mount = JSON.stringify([action, id, parent, device, type, root, point]);
  return {
    id: observationId.mountRow(host.id, { boot, container: container.id, pid: container.pid, mount }),
    kind: 'syscall',
    at,
    event: { source: 'procfs', action },
    host,
    ...container.at(at),
    mount_row: row,
  };
}
