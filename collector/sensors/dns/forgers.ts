import type { SweptContainer } from '../../sweeps.ts';
import type { ContainerNetwork } from '../networks.ts';

/**
 * Networks in which a container may have answered the engine in the name of the server that it asked. The engine asks from the container's own network
 * namespace (measured with 20.10), so whoever may send what it likes there, or on a network of any container in there, needs only to be faster. So is it on
 * the host's own network, where everybody's questions are seen; and whoever may send what it likes from there does so on every bridge, too.
 */
export function forgedNetworks(networks: readonly ContainerNetwork[]): readonly ContainerNetwork[] {
  const forging = new Set(networks.filter(({ members }) => members.some(mayForge)));
  if ([...forging].some(({ isHost }) => isHost)) return networks;
  const reached = new Set([...forging].flatMap(attachedTo));
  return networks.filter(
    (network) => network.isHost || forging.has(network) || attachedTo(network).some((id) => reached.has(id)),
  );
}

/** Who joined another's network namespace is on its networks without being attached to them. */
const attachedTo = ({ members }: ContainerNetwork): readonly string[] =>
  members.flatMap(({ networks = [] }) => networks);

/** Of what is not known the worst is taken. */
const mayForge = ({ mayForge: may = true }: SweptContainer): boolean => may;
