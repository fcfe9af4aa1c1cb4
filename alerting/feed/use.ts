import { topic } from '../../shared/bus/topics.ts';
import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { HostRef, Observation, WorkloadRef } from '../../shared/observation.ts';
import type { LogToRead } from './log-questions.ts';
import { readable } from './readable.ts';
import type { Peer } from './use-destinations.ts';
import { createUseFold, type UseFold } from './use-fold.ts';
import { createHostSight } from './use-host.ts';

/** Between two pages others are served. */
const pageSize = 100;

const most = { workloads: 16, hosts: 4_096, containers: 16_384 } as const;

interface Found {
  readonly host: HostRef;
  readonly workload: WorkloadRef;
  readonly fold: UseFold;
}

/**
 * What the log holds of what the workloads of this id or name did: one pass over the observations, with bounded memory. A name may be that of
 * several, on other hosts or of other images; at most 16 are told.
 */
export async function readUses(log: LogToRead, wanted: string): Promise<readonly WorkloadUse[]> {
  const uses = createUses(wanted);
  for await (const { records } of log.read(topic.observations, { from: 'oldest', follow: false, pageSize }))
    for (const { value } of records) if (value !== null) uses.take(value);
  return uses.list();
}

/** Takes records of the topic in order. */
export function createUses(wanted: string) {
  const found = new Map<string, Found>();
  const hosts = new Map<string, ReturnType<typeof createHostSight>>();
  const containers = new Map<string, Peer>();
  // Most records are of others: those are not parsed.
  const named = JSON.stringify(wanted);
  const telling = ['"kind":"heartbeat"', '"kind":"gap"', '"kind":"container_configuration"', named];

  const sightOf = (host: string) => {
    const known = hosts.get(host);
    if (known !== undefined || hosts.size >= most.hosts) return known;
    const sight = createHostSight();
    hosts.set(host, sight);
    return sight;
  };
  const foldOf = ({ host, workload }: Observation): UseFold | undefined => {
    if (workload === undefined || (workload.id !== wanted && workload.name !== wanted)) return undefined;
    const known = found.get(workload.id);
    if (known !== undefined || found.size >= most.workloads) return known?.fold;
    const fold = createUseFold();
    found.set(workload.id, { host, workload, fold });
    return fold;
  };
  const remember = ({ container, workload, snapshot }: Observation): void => {
    if (container === undefined || snapshot?.object !== 'container') return;
    containers.delete(container.id);
    containers.set(container.id, { name: container.name, workload });
    const [oldest] = containers.keys();
    if (containers.size > most.containers && oldest !== undefined) containers.delete(oldest);
  };

  return {
    take: (text: string): void => {
      if (!telling.some((part) => text.includes(part))) return;
      const observation = readable(text);
      if (observation === undefined) return;
      sightOf(observation.host.id)?.take(observation);
      remember(observation);
      foldOf(observation)?.take(observation);
    },
    list: (): readonly WorkloadUse[] =>
      [...found.values()].map(({ host, workload, fold }) =>
        fold.use({
          host,
          workload,
          sight: sightOf(host.id)?.sight() ?? createHostSight().sight(),
          peer: (id) => containers.get(id),
        }),
      ),
  };
}
