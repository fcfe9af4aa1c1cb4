import { join } from 'node:path';
import { ignoreElements, merge, type Observable, tap } from 'rxjs';
import type { ContainerFacts, HostRef, Observation } from '../../shared/observation.ts';
import { observationId } from '../../shared/observation-id.ts';
import type { Redactor } from '../../shared/redact.ts';
import { dropOldest } from '../newest.ts';
import { createContainerProcesses, mostCgroups, mostProcesses } from '../procfs/container-processes.ts';
import { whyNoProcfs } from '../procfs/host.ts';
import type { Patient } from '../procfs/patient.ts';
import { readKernelFile } from '../procfs/read.ts';
import { ticksPerSecond } from '../procfs/stat.ts';
import type { Sensor } from '../sensor.ts';
import { type SweepOptions, sweeping } from '../sweeping.ts';
import type { SweptContainer } from '../sweeps.ts';
import { gapObservation } from './gaps.ts';
import { createEntrants } from './processes/entrants.ts';
import { createHosts } from './processes/hosts.ts';
import { type ContainerMemory, createMemory } from './processes/memory.ts';
import { sweep, type Told } from './processes/sweep.ts';

export interface ProcessesOptions extends SweepOptions {
  /** The host's / as this process sees it; '': not to be used. */
  readonly rootfs: string;
  /** Host's process numbers of execs, as the engine tells them. */
  readonly execs$: Observable<number>;
  readonly redactor: Redactor;
  readonly patient: Patient;
  /** Reads of a container's files were given up. */
  gaveUp(id: string): boolean;
  /** All facts of a container's configuration; undefined: not known (any more). */
  configuration(id: string): ContainerFacts | undefined;
}

/** Processes of the containers' cgroups, and those that entered from elsewhere, from the host's /proc. */
export function createProcessesSensor(options: ProcessesOptions): Sensor {
  return {
    name: 'processes',
    tier: 'procfs',
    available: () => whyNoProcfs(options.procfs, 'processes'),
    observe: () => sweeps(options),
  };
}

/** A container that began longer ago than this had its processes before it was first looked at. */
const oldMs = 10_000;
const mostExecs = 5_000;

function sweeps(options: ProcessesOptions): Observable<Observation> {
  const { procfs } = options;
  const memory = createMemory();
  const execs = new Set<number>();
  const hosts = createHosts(options);
  const context = { ...options, hosts, isExec: (pid: number) => execs.has(pid) };
  const { processesOf } = createContainerProcesses(procfs);
  const entered = createEntrants(options);

  const sweeps$ = sweeping(options, async ({ host, boot, now, containers, due }) => {
    memory.keep(containers);
    const swept = containers.filter(({ id }) => due.has(id));
    if (swept.length === 0) return [];
    const ticks = uptimeTicks(procfs);
    entered.look(now, containers);
    const members = await Promise.all(
      swept.map(async (container) => ({ container, ...(await processesOf(container)) })),
    );
    const found = await Promise.all(
      members.map(async ({ container, pids, isCut }) => {
        const began = container.startedAt;
        const own = memory.of(container, () => ({ ticks, wasThere: now - began > oldMs }));
        const within = new Set(pids);
        const { chosen, left } = memory.choose(own, [...pids, ...entered.into(container.pid, within)]);
        const subject = { container, memory: own, chosen, members: within, now, ticks };
        const told = await sweep(subject, context);
        return [
          ...told.map((one) => observation(one, { container, host, boot, now: Math.trunc(now) })),
          ...crowded({ container, memory: own, left, isCut, host, now: Math.trunc(now) }),
          ...unanswered({ container, memory: own, host, now: Math.trunc(now) }, options),
        ];
      }),
    );
    return found.flat();
  });
  const execs$ = options.execs$.pipe(
    tap((pid) => remember(execs, pid)),
    ignoreElements(),
  );
  return merge(sweeps$, execs$);
}

function remember(execs: Set<number>, pid: number): void {
  execs.delete(pid);
  execs.add(pid);
  dropOldest(execs, mostExecs);
}

/** 0 where it cannot be read: then everything counts as new. */
const uptimeTicks = (procfs: string): number =>
  Number.parseFloat(readKernelFile(join(procfs, 'uptime')) ?? '0') * ticksPerSecond;

interface Sweeping {
  readonly container: SweptContainer;
  readonly host: HostRef;
  readonly now: number;
}

function observation(
  { action, process, state }: Told,
  { container, host, boot, now }: Sweeping & { readonly boot: string },
): Observation {
  const { pid = 0, start = '' } = process;
  return {
    id: observationId.process(host.id, { boot, pid, start, state }),
    kind: 'process',
    at: now,
    event: { source: 'procfs', action },
    host,
    ...container.at(now),
    process,
  };
}

interface Crowd extends Sweeping {
  readonly memory: ContainerMemory;
  readonly left: number;
  readonly isCut: boolean;
}

/** Said once when it begins: what the oldest of so many, or those in cgroups that are not looked at, do from then on is not seen. */
function crowded({ container, memory, left, isCut, host, now }: Crowd): readonly Observation[] {
  const isCrowded = left > 0 || isCut;
  const began = isCrowded && !memory.crowded;
  memory.crowded = isCrowded;
  if (!began) return [];
  const why = isCut
    ? `processes of a container are not looked at: it made more than ${mostCgroups} cgroups`
    : `${left} processes of a container are not looked at: it has more than ${mostProcesses}, or all containers together have too many`;
  const lost = isCut ? {} : { lost: left };
  const gap = { from: now, to: now, reason: 'too-many-processes', scope: ['processes'], ...lost, text: why } as const;
  return [{ ...gapObservation(host, gap, container.id), ...container.at(now) }];
}

/** Said once of each life of a container. */
function unanswered(
  { container, memory, host, now }: Omit<Crowd, 'left' | 'isCut'>,
  { gaveUp }: Pick<ProcessesOptions, 'gaveUp'>,
): readonly Observation[] {
  if (memory.gaveUp || !gaveUp(container.id)) return [];
  memory.gaveUp = true;
  const text =
    'files, arguments and environments of a container’s processes are not known: a file system of it, or those of too many other containers, did not answer';
  const gap = { from: now, to: now, reason: 'reads-given-up', scope: ['processes', 'files'], text } as const;
  return [{ ...gapObservation(host, gap, container.id), ...container.at(now) }];
}
