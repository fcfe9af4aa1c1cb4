import type { SweptContainer } from '../../sweeps.ts';
import type { ContainerNetwork } from '../networks.ts';

/**
 * Networks in which a container may have answered the engine in the name of the server that it asked. The engine asks from the container's own network
 * namespace (measured with 20.10), so whoever may send what it likes there, or on a network that it shares, needs only to be faster. So is it on the
 * host's own network, where everybody's questions are seen.
 */
export function forgedNetworks(networks: readonly ContainerNetwork[]): readonly ContainerNetwork[] {
  const reached = new Set(
    networks.flatMap(({ members }) => members.filter(mayForge).flatMap(({ networks: ids = [] }) => ids)),
  );
  return networks.filter(
    ({ isHost, members }) =>
      isHost || members.some((one) => mayForge(one) || (one.networks ?? []).some((id) => reached.has(id))),
  );
}

/** Of what is not known the worst is taken. */
const mayForge = ({ mayForge: may = true }: SweptContainer): boolean => may;
