import { clip } from '../../shared/clip.ts';
import type { Evidence, EvidenceActor, EvidenceConnection } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Observation } from '../../shared/observation.ts';
import { actorOf } from './actors.ts';
import { describe, peerOf } from './describe.ts';
import { createParts } from './parts.ts';
import { createTally } from './tally.ts';
import { createTimeline } from './timeline.ts';
import { containersBeyond, createAbout, createNames } from './whose.ts';

const most = { connections: 200, actors: 100, text: 300 };

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Folds observations of the log, in order, into the evidence of one incident, of all containers that it names. Bounded whatever comes. */
export function createCollecting(incident: Incident, window: Window) {
  const timeline = createTimeline();
  const aboutOf = createAbout(incident);
  const nameOf = createNames(incident);
  const parts = createParts(incident);
  const connections = createTally<EvidenceConnection>(most.connections);
  const actors = createTally<EvidenceActor>(most.actors);
  let observations = 0;
  let resources: Evidence['resources'];

  return {
    take(observation: Observation): void {
      const about = aboutOf(observation);
      if (about === undefined) return;
      const part = about === 'container' ? parts.of(observation) : undefined;
      // How it was configured was mostly told before.
      if (observation.at <= window.to) part?.configuration.take(observation);
      if (observation.at < window.from || observation.at > window.to) return;
      observations += 1;
      const { at, kind } = observation;
      const text = describe(observation);
      const container = nameOf(observation.container);
      const named = container === undefined ? {} : { container };
      if (text !== undefined) timeline.take({ at, kind, about, text, ...named });
      if (part === undefined) return;
      part.processes.take(observation);
      connections.take(connectionIn(observation, named));
      actors.take(actorOf(observation, named));
      // The highest load of any container would say nothing about one.
      if (container === undefined) resources = withReading(resources, observation);
    },
    /** Whether the configuration of all its containers is known already. */
    isConfigured: parts.isConfigured,
    evidence: (more: Pick<Evidence, 'baselines'> & { readonly oldest?: number | undefined }): Evidence => ({
      incident,
      window,
      read: { observations, ...(more.oldest !== undefined && { oldest: more.oldest }) },
      ...parts.configurations(),
      ...timeline.list(),
      beyond: {
        containers: containersBeyond(incident),
        processes: parts.beyond(),
        connections: connections.beyond(),
        actors: actors.beyond(),
      },
      processes: parts.processes(),
      connections: connections.list(),
      actors: actors.list(),
      ...(resources && { resources }),
      baselines: more.baselines,
    }),
  };
}

function connectionIn(
  observation: Observation,
  named: { readonly container?: string },
): readonly [string, EvidenceConnection] | undefined {
  const { kind, network, at } = observation;
  const peer = kind === 'connection' ? peerOf(observation) : undefined;
  if (network === undefined || peer === undefined) return undefined;
  const connection = {
    direction: network.direction ?? 'unknown',
    transport: network.transport ?? 'unknown',
    peer: clip(peer, most.text),
    ...named,
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
