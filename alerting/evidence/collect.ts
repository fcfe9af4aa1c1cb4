import { clip } from '../../shared/clip.ts';
import type { Evidence, EvidenceActor, EvidenceConnection, EvidenceEntry } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Observation } from '../../shared/observation.ts';
import { actorOf } from './actors.ts';
import { createConfiguration } from './configuration.ts';
import { describe, peerOf } from './describe.ts';
import { createProcessTree } from './processes.ts';
import { createTimeline } from './timeline.ts';

const most = { connections: 200, actors: 100, text: 300 };

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Folds observations of the log, in order, into the evidence of one incident. Bounded whatever comes. */
export function createCollecting(incident: Incident, window: Window) {
  const timeline = createTimeline();
  const processes = createProcessTree();
  const configuration = createConfiguration();
  const connections = new Map<string, EvidenceConnection>();
  const actors = new Map<string, EvidenceActor>();
  let observations = 0;
  let resources: Evidence['resources'];

  return {
    take(observation: Observation): void {
      const about = aboutOf(observation, incident);
      if (about === undefined) return;
      // How it was configured was mostly told before.
      if (about === 'container' && observation.at <= window.to) configuration.take(observation);
      if (observation.at < window.from || observation.at > window.to) return;
      observations += 1;
      const text = describe(observation);
      const name = about === 'container' ? undefined : observation.container?.name;
      if (text !== undefined)
        timeline.take({
          at: observation.at,
          kind: observation.kind,
          about,
          text,
          ...(name !== undefined && { container: clip(name, most.text) }),
        });
      if (about !== 'container') return;
      processes.take(observation);
      count(connections, connectionIn(observation), most.connections);
      count(actors, actorOf(observation), most.actors);
      resources = withReading(resources, observation);
    },
    /** Whether the container's configuration is known already. */
    isConfigured: (): boolean => configuration.get().configuration !== undefined,
    evidence: (more: Pick<Evidence, 'baselines'> & { readonly oldest?: number | undefined }): Evidence => ({
      incident,
      window,
      read: { observations, ...(more.oldest !== undefined && { oldest: more.oldest }) },
      ...configuration.get(),
      ...timeline.list(),
      processes: [...processes.list()],
      connections: [...connections.values()],
      actors: [...actors.values()],
      ...(resources && { resources }),
      baselines: more.baselines,
    }),
  };
}

/** What an observation has to do with the incident; undefined: nothing. */
function aboutOf(
  { host, workload, container, exec, kind }: Observation,
  incident: Incident,
): EvidenceEntry['about'] | undefined {
  if (host.id !== incident.host.id) return undefined;
  // Who was blind, saw nothing.
  if (container === undefined) return kind === 'gap' || incident.container === undefined ? 'host' : undefined;
  const own = incident.container?.id;
  if (own === undefined) return undefined;
  if (container.id === own) return 'container';
  // Who made a container is not who had something run in it.
  if ([container.creator, exec?.creator].some((creator) => creator?.container_id === own)) return 'created';
  return workload !== undefined && workload.id === incident.workload?.id ? 'sibling' : undefined;
}

/** One more of what is listed by a key, where there is room. */
function count<T extends { readonly count: number; readonly at: number }>(
  into: Map<string, T>,
  found: readonly [string, T] | undefined,
  room: number,
): void {
  if (found === undefined) return;
  const [key, one] = found;
  const known = into.get(key);
  if (known === undefined && into.size >= room) return;
  into.set(
    key,
    known === undefined ? one : { ...known, ...('lastAt' in one && { lastAt: one.at }), count: known.count + 1 },
  );
}

function connectionIn(observation: Observation): readonly [string, EvidenceConnection] | undefined {
  const { kind, network, at } = observation;
  const peer = kind === 'connection' ? peerOf(observation) : undefined;
  if (network === undefined || peer === undefined) return undefined;
  const connection = {
    direction: network.direction ?? 'unknown',
    transport: network.transport ?? 'unknown',
    peer: clip(peer, most.text),
  };
  return [JSON.stringify(connection), { ...connection, at, lastAt: at, count: 1 }];
}

function withReading(before: Evidence['resources'], { resources }: Observation): Evidence['resources'] {
  if (resources === undefined) return before;
  return {
    readings: (before?.readings ?? 0) + 1,
    cpuPercent: Math.max(before?.cpuPercent ?? 0, resources.cpu_pct_of_quota),
    memoryBytes: Math.max(before?.memoryBytes ?? 0, resources.memory_bytes),
    pids: Math.max(before?.pids ?? 0, resources.pids),
  };
}
