import type { Observation } from '../../../shared/observation.ts';
import type { Feature, Item, Surroundings } from '../feature.ts';
import { judgeNovelty } from '../novelty.ts';

/**
 * Where the containers of a workload connect to. By name where an observation has one, then by neighbouring workload, by address last: addresses behind
 * a name change by the day. No sensor of ours names what an address was asked for by (docs/baselines.md).
 */
export const egressDestinations: Feature = {
  name: 'egress-destinations',
  rule: {
    id: '1c5d6e0b-7f0e-4f0a-8b43-6c9d6a4f2e14',
    title: 'Connection to a destination never seen before',
    catalogue: ['NET-14'],
    severity: 'low',
    techniques: ['T1071'],
    tactics: ['command-and-control'],
    tier: 'procfs',
    kinds: ['connection'],
    misses: 'connections that live shorter than a sweep, and UDP that is sent without connecting',
  },
  learns(observation, surroundings) {
    const item = egressItem(observation, surroundings);
    return item === undefined ? [] : [item];
  },
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} connected to ${item.text}, where it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'destination' : 'destinations'} connected to for the first time`,
};

/** Where an observation connects to, as it is learned; undefined when nowhere outside its container. */
export function egressItem({ kind, network, destination }: Observation, { sibling }: Surroundings): Item | undefined {
  if (kind !== 'connection' || network?.direction !== 'egress' || destination === undefined) return undefined;
  if (destination.scope === 'loopback' || isLoopback(destination.ip)) return undefined;
  const transport = network.transport ?? 'tcp';
  const [type, name] = nameOf(destination, sibling);
  return {
    key: JSON.stringify([type, name.id, destination.port, transport]),
    text: `${name.shown} port ${destination.port}/${transport}`,
    stratum: stratumOf(destination, sibling),
    fields: {
      'destination.ip': destination.ip,
      'destination.port': destination.port,
      'destination.domain': destination.domain,
      'network.transport': network.transport,
    },
  };
}

type Destination = NonNullable<Observation['destination']>;

/** Neighbours and other hosts of the own networks are few, wherever else it connects to. */
function stratumOf({ domain, scope }: Destination, sibling: Surroundings['sibling']): string {
  if (sibling !== undefined) return 'neighbour';
  if (scope === 'private' || scope === 'link-local') return 'own networks';
  return domain === undefined || domain === '' ? 'addresses' : 'names';
}

function nameOf(
  { domain, ip }: Destination,
  sibling: Surroundings['sibling'],
): readonly [type: string, name: { readonly id: string; readonly shown: string }] {
  if (domain !== undefined && domain !== '') {
    const name = domain.toLowerCase().replace(/\.$/, '');
    return ['domain', { id: name, shown: name }];
  }
  if (sibling !== undefined) return ['workload', { id: sibling.id, shown: `workload ${sibling.name}` }];
  return ['ip', { id: ip, shown: ip }];
}

const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:127.');
