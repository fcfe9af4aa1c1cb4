import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Observable } from 'rxjs';
import { deriveId } from '../../shared/hash.ts';
import type { HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import { whyNoProcfs } from '../procfs/host.ts';
import { type MountLine, parseMountinfo } from '../procfs/mountinfo.ts';
import { readRows } from '../procfs/read-bounded.ts';
import type { Sensor } from '../sensor.ts';
import { type SweepOptions, sweeping } from '../sweeping.ts';
import type { SweptContainer } from '../sweeps.ts';
import { gapObservation } from './gaps.ts';
import { type Drift, type KnownLines, keysOf, mountDrift } from './mounts-drift.ts';
import type { DeclaredMounts } from './mounts-explained.ts';

export interface MountsOptions extends SweepOptions {
  /** undefined: the container is not known any more. */
  declared(id: string): DeclaredMounts | undefined;
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
  /** Hash of the table. */
  readonly table: string;
  readonly known: KnownLines;
  readonly isCut: boolean;
}

interface Found {
  readonly drifts: readonly Drift[];
  /** From now on the end of its table is not read. */
  readonly isCut: boolean;
}

/** Of a table so much is read: the kernel lets a container make 100,000 mounts (fs.mount-max), and their paths as long as it likes. */
const mostBytes = 4 * 1024 * 1024;
const mostRows = 20_000;

function sweeps(options: MountsOptions): Observable<Observation> {
  const seen = new Map<string, Seen>();
  return sweeping(options, async ({ host, boot, containers, due }) => {
    const living = new Set(containers.map(lifeOf));
    for (const life of seen.keys()) if (!living.has(life)) seen.delete(life);
    const found: Observation[] = [];
    for (const container of containers) {
      if (!due.has(container.id)) continue;
      const { drifts, isCut } = await look(container, { options, seen });
      found.push(...told(drifts).map((drift) => observation(drift, { container, host, boot, at: options.now() })));
      if (isCut) found.push(cutShort(container, host, Math.trunc(options.now())));
    }
    return found;
  });
}

const lifeOf = ({ id, pid }: SweptContainer): string => `${id} ${pid}`;

const nothing: Found = { drifts: [], isCut: false };

/**
 * What is new stands at the table's end: of one that is cut nothing behind that is seen. A pid that is another's by now, or that of a runtime which has
 * not yet entered the container, has a root that is not the container's own: its table says nothing.
 */
async function look(
  container: SweptContainer,
  { options, seen }: { readonly options: MountsOptions; readonly seen: Map<string, Seen> },
): Promise<Found> {
  const declared = options.declared(container.id);
  const place = join(options.procfs, String(container.pid));
  const { text, isCut: isLong } = await readRows(join(place, 'mountinfo'), mostBytes).catch(() => ({
    text: '',
    isCut: false,
  }));
  if (declared === undefined || text === '') return nothing;
  const table = deriveId(text);
  const before = seen.get(lifeOf(container));
  if (table === before?.table) return nothing;
  const cgroup = await readFile(join(place, 'cgroup'), 'utf8').catch(() => '');
  const rows = parseMountinfo(text);
  if (!isSettled(rows, { cgroup, id: container.id })) return nothing;
  const lines = rows.slice(0, mostRows);
  const isCut = isLong || rows.length > mostRows;
  seen.set(lifeOf(container), { table, known: keysOf(lines), isCut });
  return { drifts: mountDrift(lines, { known: before?.known, declared }), isCut: isCut && before?.isCut !== true };
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

function cutShort(container: SweptContainer, host: HostRef, at: number): Observation {
  const text = `a container has more mounts than are looked at (${mostRows}, or ${mostBytes >> 20} MiB of table): those behind them are not seen`;
  const gap = { from: at, to: at, reason: 'too-many-mounts', scope: ['mounts'], text } as const;
  return { ...gapObservation(host, gap, container.id), ...container.at(at) };
}
