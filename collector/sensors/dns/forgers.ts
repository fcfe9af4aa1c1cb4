import type { SweptContainer } from '../../sweeps.ts';
import type { ContainerNetwork } from '../networks.ts';

/**
 * Networks in which a container may have answered the engine in the name of the server that it asked. The engine asks from the container's own network
 * namespace (measured with 20.10), so whoever may send what it likes there, or on a network of any container in there, needs only to be faster. So is it on
 * the host's own network, where everybody's questions are seen; and whoever may send what it likes from there does so on every bridge, too. Of who is on
 * a network that reaches beyond this engine nothing is known.
 */
export function forgedNetworks(networks: readonly ContainerNetwork[]): readonly ContainerNetwork[] {
  const forging = new Set(networks.filter(({ members }) => members.some(mayForge)));
  if ([...forging].some(({ isHost }) => isHost)) return networks;
  const reached = new Set([...forging].flatMap(attachedTo));
  return networks.filter(
    (network) =>
      network.isHost ||
      forging.has(network) ||
      network.members.some(hasFarPeers) ||
      attachedTo(network).some((id) => reached.has(id)),
  );
}

/** Who joined another's network namespace is on its networks without being attached to them. */
const attachedTo = ({ members }: ContainerNetwork): readonly string[] =>
  members.flatMap(({ networks = [] }) => networks);

/** Of what is not known the worst is taken. */
const mayForge = ({ mayForge: may = true }: SweptContainer): boolean => may;
const hasFarPeers = ({ hasFarPeers: has = true }: SweptContainer): boolean => has;

/** Containers whose connections have no names because somebody may forge them. */
export interface Withheld {
  /** Containers on networks where the engine resolves names, and how many of them have none. */
  readonly of: number;
  readonly without: number;
  /** Of these, how many are on a network that reaches beyond this engine. */
  readonly far: number;
  /** Who may forge, the one that takes most away first. */
  readonly forgers: readonly Forger[];
}

export interface Forger {
  readonly container: SweptContainer;
  readonly isOnHost: boolean;
  /** Containers that have no names for it, itself among them. */
  readonly takes: number;
}

/** What of each is made out for so many; of more they are only counted as those that have no names. */
const mostForgers = 256;

/** For whom to mend what: what the sensors do by `forgedNetworks`, told by containers. */
export function withheldNames(networks: readonly ContainerNetwork[]): Withheld {
  const named = networks.filter(({ isHost, members }) => !isHost && members.some(({ hasResolver }) => hasResolver));
  const count = (some: Iterable<ContainerNetwork>): number =>
    [...some].reduce((sum, { members }) => sum + members.length, 0);
  const forged = new Set(forgedNetworks(networks));
  const without = named.filter((network) => forged.has(network));
  const attached = new Map<string, ContainerNetwork[]>();
  for (const network of named)
    for (const id of attachedTo(network)) {
      const there = attached.get(id);
      if (there === undefined) attached.set(id, [network]);
      else there.push(network);
    }
  const reachOf = (network: ContainerNetwork): Iterable<ContainerNetwork> => {
    if (network.isHost) return named;
    const around = attachedTo(network).flatMap((id) => attached.get(id) ?? []);
    return new Set(named.includes(network) ? [network, ...around] : around);
  };
  const forgers = networks
    .toSorted((a, b) => Number(b.isHost) - Number(a.isHost))
    .flatMap((network) => network.members.filter(mayForge).map((container) => ({ container, network })))
    .slice(0, mostForgers)
    .map(({ container, network }) => ({ container, isOnHost: network.isHost, takes: count(reachOf(network)) }))
    .filter(({ takes }) => takes > 0)
    .sort((a, b) => b.takes - a.takes || (a.container.id < b.container.id ? -1 : 1));
  return {
    of: count(named),
    without: count(without),
    far: count(named.filter(({ members }) => members.some(hasFarPeers))),
    forgers,
  };
}
