import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { exhaustMap, interval, mergeMap, type Observable } from 'rxjs';
import type { HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { EngineClient } from '../engine/client.ts';
import { dropOldest } from '../newest.ts';
import { whyNoProcfs } from '../procfs/host.ts';
import type { Patient } from '../procfs/patient.ts';
import { createProcesses, type Processes } from '../procfs/processes.ts';
import { readKernelFile } from '../procfs/read.ts';
import type { Sensor } from '../sensor.ts';
import type { SweptContainer } from '../sweeps.ts';
import { processFacts } from './connections.ts';
import { type ContainerGroup, containerGroup, isEngines, type Runtime } from './unknown-groups.ts';
import { createRuntimes } from './unknown-runtimes.ts';

export interface UnknownOptions {
  readonly procfs: string;
  readonly everyMs: number;
  readonly patient: Patient;
  client(): Pick<EngineClient, 'inspectContainer'> | undefined;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
  now(): number;
}

/** Containers that run in the engine's runtime and that the engine does not know: made past it. Those of other runtimes are not looked at. */
export function createUnknownSensor(options: UnknownOptions): Sensor {
  return {
    name: 'unknown-containers',
    tier: 'procfs',
    available: () => whyNoProcfs(options.procfs, 'containers beside the engine'),
    observe: () => sweeps(options),
  };
}

/** A container of which processes run. */
interface Found {
  readonly group: ContainerGroup;
  /** The process that began first. */
  readonly pid: number;
}

function sweeps(options: UnknownOptions): Observable<Observation> {
  const { procfs, everyMs, patient, now } = options;
  const runtimes = createRuntimes({ procfs, patient });
  const processes = createProcesses(procfs);
  /** When a container was first found that is not the engine's; creates and ends are under way all the time. */
  const since = new Map<string, number>();
  const told = new Set<string>();
  const turn = async (): Promise<readonly Observation[]> => {
    const host = options.host();
    const client = options.client();
    if (host === undefined || client === undefined) return [];
    const found = await running(procfs);
    for (const id of since.keys()) if (!found.has(id)) since.delete(id);
    const known = new Set(options.containers().map(({ id }) => id));
    const own = await runtimes.of(options.containers());
    const observations: Observation[] = [];
    for (const [id, one] of found) {
      if (known.has(id) || told.has(id)) continue;
      const first = since.get(id);
      if (first === undefined) since.set(id, now());
      if (first === undefined) continue;
      const runtime = await runtimes.above(one.pid);
      if (!isEngines(runtime, { group: one.group, own })) continue;
      // One more look, and the engine's own word: what it can inspect is found by the next census.
      if (await isKnown(client, id)) continue;
      told.add(id);
      dropOldest(told, mostTold);
      observations.push(await observation(one, { host, from: first, to: now(), runtime, patient, processes }));
    }
    return observations;
  };
  return interval(everyMs).pipe(
    exhaustMap(turn),
    mergeMap((observations) => observations),
  );
}

/** An engine that does not answer is asked again with the next look. */
const isKnown = (client: Pick<EngineClient, 'inspectContainer'>, id: string): Promise<boolean> =>
  client.inspectContainer(id).then(
    (found) => found !== undefined,
    () => true,
  );

/** So many are remembered; a host with more unknown containers tells of some of them again. */
const mostTold = 10_000;

const readsAtOnce = 256;

/** Containers by the cgroups of all processes, each with its oldest process. In slices, so that a host with many processes holds up nothing. */
async function running(procfs: string): Promise<ReadonlyMap<string, Found>> {
  const pids = (await readdir(procfs)).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = new Map<string, Found>();
  for (const [index, pid] of pids.sort((a, b) => a - b).entries()) {
    if (index % readsAtOnce === readsAtOnce - 1) await new Promise((resolve) => setImmediate(resolve));
    const group = containerGroup(readKernelFile(join(procfs, String(pid), 'cgroup')) ?? '');
    if (group !== undefined && !found.has(group.id)) found.set(group.id, { group, pid });
  }
  return found;
}

async function observation(
  { group, pid }: Found,
  of: {
    readonly host: HostRef;
    readonly from: number;
    readonly to: number;
    readonly runtime: Runtime | undefined;
    readonly patient: Patient;
    readonly processes: Processes;
  },
): Promise<Observation> {
  const { host, runtime } = of;
  const reason = 'unlisted-container';
  const whose = runtime === undefined ? '' : `, runtime ${runtime.address} namespace ${runtime.namespace}`;
  const text = `container ${group.id.slice(0, 12)} runs, and the engine does not know it (cgroup ${group.path}${whose})`;
  return {
    id: observationId.reading(host.id, { kind: reason, subject: group.id, at: 0 }),
    kind: 'gap',
    at: Math.trunc(of.to),
    event: { source: 'monitor', action: reason },
    host,
    gap: { from: Math.trunc(of.from), to: Math.trunc(of.to), reason, scope: ['containers'], text },
    process: processFacts((await of.patient(group.id, () => of.processes.describe(pid))) ?? { pid, args: [] }),
  };
}
