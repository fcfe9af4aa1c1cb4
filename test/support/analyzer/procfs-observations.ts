import { deriveId } from '../../../shared/hash.ts';
import type { EndpointFacts, NetworkFacts, Observation, ProcessFacts } from '../../../shared/observation.ts';
import { type ContainerLook, container, egress } from './observations.ts';

/** What a host's /proc shows of made-up containers, for tests of the analyzer. */
export function processSeen(
  id: string,
  at: number,
  process: ProcessFacts,
  { action = 'start', ...look }: ContainerLook & { readonly action?: string } = {},
): Observation {
  const { host, workload } = egress(id, at, { ip: '192.0.2.1', port: 1 }, look);
  return {
    id: deriveId('process', id, at, process.pid ?? 0, action),
    kind: 'process',
    at,
    event: { source: 'procfs', action },
    host,
    ...(workload && { workload }),
    container: container(id, look),
    process: { pid: 1, origin: 'descendant', ...process },
  };
}

type Socket = Pick<NetworkFacts, 'transport' | 'exposed'> &
  ContainerLook & { readonly executable?: string; readonly runs_as_root?: boolean };

export const listening = (id: string, at: number, source: EndpointFacts, socket: Socket = {}): Observation =>
  withSocket(socket, { id, at, source, network: { direction: 'listen', exposed: socket.exposed ?? false } });

export const ingress = (
  id: string,
  at: number,
  { from, to }: { readonly from: EndpointFacts; readonly to: EndpointFacts },
  socket: Socket = {},
): Observation => withSocket(socket, { id, at, source: from, destination: to, network: { direction: 'ingress' } });

function withSocket(
  { transport = 'tcp', executable, runs_as_root, exposed: _exposed, ...look }: Socket,
  of: Pick<Observation, 'source' | 'destination' | 'network' | 'id' | 'at'>,
): Observation {
  const { destination: _destination, ...base } = egress(of.id, of.at, { ip: '192.0.2.1', port: 1 }, look);
  const facts = container(of.id, look);
  return {
    ...base,
    ...of,
    id: deriveId('socket', of.id, of.at, transport, JSON.stringify([of.source, of.destination])),
    container: runs_as_root === undefined ? facts : { ...facts, runs_as_root },
    network: { ...of.network, transport },
    ...(executable === undefined ? {} : { process: { executable } }),
  };
}
