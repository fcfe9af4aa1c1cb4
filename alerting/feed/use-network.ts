import type { WorkloadUse } from '../../shared/harden/use.ts';
import type { EndpointFacts, Observation } from '../../shared/observation.ts';
import { createDestinations, type Peer } from './use-destinations.ts';
import { nobodys, type Ownership, own, ownerOf, type UseOwners } from './use-owners.ts';

export interface UseNetwork {
  take(observation: Observation): void;
  use(known: { peer(id: string): Peer | undefined; isRunning(container: string): boolean }): WorkloadUse['network'];
}

const mostListeners = 256;
const mostAddresses = 64;

/** Where a workload listens and connects to, and who connects to it. */
export function createUseNetwork(owners: Pick<UseOwners, 'get' | 'hadExec'>): UseNetwork {
  const destinations = createDestinations(owners);
  const listeners = createListeners(owners);
  const addresses = createAddresses();
  let ingress: WorkloadUse['network']['ingress'] = { fromContainers: 0, fromOutside: 0 };
  const comesFrom = ({ ip, container_id: id }: EndpointFacts): void => {
    ingress =
      id === undefined
        ? { ...ingress, fromOutside: ingress.fromOutside + 1, sample: ingress.sample ?? ip }
        : { ...ingress, fromContainers: ingress.fromContainers + 1 };
  };
  return {
    take: (observation) => {
      const { kind, at, network, container, source, destination } = observation;
      if (kind !== 'connection' || network?.transport === 'unix' || container === undefined) return;
      if (network?.direction === 'listen') return listeners.take(observation);
      addresses.take(network?.direction === 'ingress' ? destination : source, container.id, at);
      if (network?.direction === 'egress' && isSomebodys(destination)) destinations.take(observation);
      if (network?.direction === 'ingress' && isSomebodys(source)) comesFrom(source);
    },
    use: ({ peer, isRunning }) => ({
      addresses: addresses.list().map((address) => ({ ...address, running: isRunning(address.container) })),
      listens: listeners.list(),
      egress: [...destinations.list(peer)],
      ingress,
      leftOut: destinations.leftOut() + listeners.leftOut(),
    }),
  };
}

/** No loopback, and not "any". */
const isSomebodys = (end: EndpointFacts | undefined): end is EndpointFacts =>
  end !== undefined && end.scope !== 'loopback' && !['', '0.0.0.0', '::'].includes(end.ip);

type Address = Omit<WorkloadUse['network']['addresses'][number], 'running'>;

/** Its containers' own addresses, the newest of too many. */
function createAddresses() {
  const addresses = new Map<string, Address>();
  return {
    take: (end: EndpointFacts | undefined, container: string, at: number): void => {
      if (!isSomebodys(end)) return;
      addresses.delete(end.ip);
      addresses.set(end.ip, { ip: end.ip, container, last: at });
      const [oldest] = addresses.keys();
      if (addresses.size > mostAddresses && oldest !== undefined) addresses.delete(oldest);
    },
    list: (): Address[] => [...addresses.values()],
  };
}

interface Listener extends Ownership {
  readonly ip: string;
  readonly port: number;
  readonly transport: string;
}

function createListeners(owners: Pick<UseOwners, 'get' | 'hadExec'>) {
  const listeners = new Map<string, Listener>();
  let leftOut = 0;
  return {
    take: (observation: Observation): void => {
      const { container, network, source } = observation;
      if (container === undefined || source === undefined) return;
      const { ip, port } = source;
      const transport = network?.transport ?? 'tcp';
      const key = `${transport} ${ip} ${port}`;
      const known = listeners.get(key);
      if (known === undefined && listeners.size >= mostListeners) {
        leftOut += 1;
        return;
      }
      const one = known ?? { ...nobodys(), ip, port, transport };
      own(one, observation, owners);
      listeners.set(key, one);
    },
    list: (): WorkloadUse['network']['listens'] =>
      [...listeners.values()].map((one) => ({
        ip: one.ip,
        port: one.port,
        transport: one.transport,
        owner: ownerOf(one, owners),
      })),
    leftOut: () => leftOut,
  };
}
