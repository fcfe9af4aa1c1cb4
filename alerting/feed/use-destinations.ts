import type { UseDestination } from '../../shared/harden/use.ts';
import type { EndpointFacts, Observation, WorkloadRef } from '../../shared/observation.ts';
import { nobodys, type Ownership, own, ownerOf, type UseOwners } from './use-owners.ts';

/** The container at the other end. */
export interface Peer {
  readonly name: string;
  readonly workload?: WorkloadRef | undefined;
}

interface Destination extends Ownership {
  readonly far: EndpointFacts;
  readonly transport: string;
  readonly first: number;
  last: number;
  count: number;
}

const mostDestinations = 512;

/** Where a workload connects to: address, port, and which container had the address. */
export function createDestinations(owners: Pick<UseOwners, 'get' | 'hadExec'>) {
  const destinations = new Map<string, Destination>();
  let leftOut = 0;
  return {
    take: (observation: Observation): void => {
      const { at, container, network, destination } = observation;
      if (container === undefined || destination === undefined) return;
      const transport = network?.transport ?? 'tcp';
      const key = `${transport} ${destination.ip} ${destination.port} ${destination.container_id ?? ''}`;
      const known = destinations.get(key);
      if (known === undefined && destinations.size >= mostDestinations) {
        leftOut += 1;
        return;
      }
      const one = known ?? { ...nobodys(), far: destination, transport, first: at, last: at, count: 0 };
      one.last = Math.max(one.last, at);
      one.count += 1;
      own(one, observation, owners);
      destinations.set(key, one);
    },
    list: (peer: (id: string) => Peer | undefined): readonly UseDestination[] =>
      [...destinations.values()].map((one) => describe(one, { owner: ownerOf(one, owners), peer })),
    leftOut: () => leftOut,
  };
}

function describe(
  { far, transport, first, last, count }: Destination,
  { owner, peer }: Pick<UseDestination, 'owner'> & { readonly peer: (id: string) => Peer | undefined },
): UseDestination {
  const { ip, port, domain, scope = '', container_id: id } = far;
  const known = id === undefined ? undefined : peer(id);
  const container = id && {
    id,
    name: known?.name ?? id.slice(0, 12),
    ...(known?.workload && { workload: known.workload }),
  };
  return {
    ip,
    port,
    transport,
    scope,
    ...(domain === undefined ? {} : { domain }),
    ...(container && { container }),
    isHost: far.is_host === true,
    owner,
    first,
    last,
    count,
  };
}
