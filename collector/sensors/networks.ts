import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { parseFibTrie, parseGateways, parseInet6 } from '../procfs/local-addresses.ts';
import type { SweptContainer } from '../sweeps.ts';

/** A network namespace and the containers in it. */
export interface ContainerNetwork {
  /** Another one for every life of the namespace: the kernel uses its numbers again. */
  readonly key: string;
  /** `net:[4026532281]`; empty when it cannot be read. */
  readonly namespace: string;
  /** Oldest first: the one whose namespace the others joined. Never empty. */
  readonly members: readonly [SweptContainer, ...SweptContainer[]];
  /** It is the host's own: most of its sockets are not a container's. */
  readonly isHost: boolean;
}

export interface ContainerNetworks {
  /** Every container is in exactly one. */
  of(containers: readonly SweptContainer[]): Promise<readonly ContainerNetwork[]>;
  /** Container that has this address, of those last told to `of`. */
  containerWith(ip: string): string | undefined;
  /** An address of the host: of its own interfaces, or the gateway of this network. */
  isHostAddress(network: ContainerNetwork, ip: string): boolean;
  /** Reads the addresses of a namespace and of the host again, where they are older (default: 30 s). */
  refresh(network: ContainerNetwork, now: number, olderMs?: number): Promise<void>;
}

const addressesMs = 30_000;

/** Which containers share a network namespace. A link is read once in the life of a container. */
export function createNetworks(procfs: string): ContainerNetworks {
  const namespaces = new Map<string, string>();
  const addresses = new Map<string, Addresses & { readonly read: number; readonly id: string }>();
  let ofHost: Addresses & { readonly read: number } = { read: Number.NEGATIVE_INFINITY, ips: [], gateways: [] };
  const namespaceOf = async ({ id, pid }: SweptContainer): Promise<string> => {
    const life = `${id} ${pid}`;
    const known = namespaces.get(life);
    if (known !== undefined) return known;
    const link = await readlink(join(procfs, String(pid), 'ns/net')).catch(() => '');
    if (link !== '') namespaces.set(life, link);
    return link;
  };
  return {
    of: async (containers) => {
      const living = new Set(containers.map(({ id, pid }) => `${id} ${pid}`));
      for (const life of namespaces.keys()) if (!living.has(life)) namespaces.delete(life);
      const links = await Promise.all(containers.map(namespaceOf));
      const networks = grouped(containers.map((container, index) => ({ container, namespace: links[index] ?? '' })));
      const keys = new Set(networks.map(({ key }) => key));
      for (const key of addresses.keys()) if (!keys.has(key)) addresses.delete(key);
      return networks;
    },
    containerWith: (ip) => [...addresses.values()].find(({ ips }) => ips.includes(ip))?.id,
    isHostAddress: ({ key }, ip) => ofHost.ips.includes(ip) || addresses.get(key)?.gateways.includes(ip) === true,
    refresh: async ({ key, members, isHost }, now, olderMs = addressesMs) => {
      if (now - ofHost.read >= addressesMs) {
        // Set first, so that the other networks of this turn do not read it, too.
        ofHost = { ...ofHost, read: now };
        ofHost = { read: now, ...(await readAddresses(procfs, 1)) };
      }
      const last = addresses.get(key);
      if (isHost || (last !== undefined && now - last.read < olderMs)) return;
      const [{ id, pid }] = members;
      addresses.set(key, { read: now, id, ...(await readAddresses(procfs, pid)) });
    },
  };
}

function grouped(
  found: readonly { readonly container: SweptContainer; readonly namespace: string }[],
): readonly ContainerNetwork[] {
  const groups = new Map<string, { namespace: string; members: [SweptContainer, ...SweptContainer[]] }>();
  for (const { container, namespace } of found) {
    const place = namespace === '' ? container.id : namespace;
    const group = groups.get(place);
    if (group === undefined) groups.set(place, { namespace, members: [container] });
    else group.members.push(container);
  }
  return [...groups.values()].map(({ namespace, members }) => {
    members.sort((a, b) => a.startedAt - b.startedAt);
    const [{ id, pid }] = members;
    return {
      key: `${namespace} ${id} ${pid}`,
      namespace,
      members,
      isHost: members.some(({ hostNetwork }) => hostNetwork),
    };
  });
}

interface Addresses {
  readonly ips: readonly string[];
  readonly gateways: readonly string[];
}

async function readAddresses(procfs: string, pid: number): Promise<Addresses> {
  const read = (table: string): Promise<string> =>
    readFile(join(procfs, String(pid), 'net', table), 'utf8').catch(() => '');
  const [trie, inet6, routes] = await Promise.all([read('fib_trie'), read('if_inet6'), read('route')]);
  return { ips: [...parseFibTrie(trie), ...parseInet6(inet6)], gateways: parseGateways(routes) };
}
