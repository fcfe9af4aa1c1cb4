import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { HostRef, Observation, WorkloadRef } from '../../shared/observation.ts';
import { createUseConfigurations } from './use-configuration.ts';
import type { Peer } from './use-destinations.ts';
import { createUseFiles } from './use-files.ts';
import type { HostSight } from './use-host.ts';
import { createUseNetwork } from './use-network.ts';
import { createUseOwners } from './use-owners.ts';
import { createUseProcesses } from './use-processes.ts';
import { createUseResources } from './use-resources.ts';
import { createUseTime } from './use-time.ts';

/** What one workload did, folded from its observations in the order of the log; memory is bounded whatever comes. */
export interface UseFold {
  take(observation: Observation): void;
  use(around: {
    readonly host: HostRef;
    readonly workload: WorkloadRef;
    /** How well its host was watched. */
    readonly sight: HostSight;
    peer(id: string): Peer | undefined;
  }): WorkloadUse;
}

export function createUseFold(): UseFold {
  const time = createUseTime();
  const configurations = createUseConfigurations();
  const owners = createUseOwners();
  const processes = createUseProcesses(owners);
  const files = createUseFiles();
  const network = createUseNetwork(owners);
  const resources = createUseResources();
  return {
    take: (observation) => {
      // Who a process was before is asked before it is known as what it is now.
      for (const part of [time, configurations, processes, owners, files, network, resources]) part.take(observation);
    },
    use: ({ host, workload, sight, peer }) => {
      const { executed, ...seen } = processes.use();
      const configuration = configurations.use();
      const connections = network.use({ peer, isRunning: time.isRunning });
      return {
        host,
        workload,
        time: time.use(sight.last, sight.blind),
        heartbeats: sight.heartbeats,
        sensors: sight.sensors,
        gaps: [...sight.gaps],
        ...(configuration === undefined ? {} : { configuration }),
        processes: { ...seen, implied: [...seen.implied, ...files.implied(), ...lowPorts(connections.listens)] },
        files: { ...files.use(), executed: [...executed] },
        network: connections,
        resources: resources.use(),
      };
    },
  };
}

/** Ports that only root, or who has CAP_NET_BIND_SERVICE, may listen on where the kernel is set up as it comes. */
function lowPorts(listens: WorkloadUse['network']['listens']): WorkloadUse['processes']['implied'] {
  const low = listens.filter(({ port, owner }) => port < 1_024 && owner !== 'exec');
  const [first] = low;
  if (first === undefined) return [];
  const text = `listens on port ${first.port}/${first.transport}`;
  return [{ capability: 'CAP_NET_BIND_SERVICE', text, at: 0, count: low.length }];
}
