import type { Observation, WorkloadRef } from '../../../shared/observation.ts';
import { rememberingBy } from '../../memo.ts';
import { dnsName, nameLimits } from '../dns-name.ts';
import type { Feature, Item, Surroundings } from '../feature.ts';
import { type Piece, textOfPieces } from '../fold-shape.ts';
import { judgeNovelty } from '../novelty.ts';

/**
 * Where the containers of a workload connect to. By the name that the engine gave them the address for, where it is known (docs/collector.md), then by
 * neighbouring workload, by address last: addresses behind a name change by the day.
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
    const item = surroundings.destination ?? egressItem(observation, surroundings);
    return item === undefined ? [] : [item];
  },
  // Where a neighbour is called that never was, it is no matter of its version.
  brings: ({ stratum }) => stratum === 'addresses' || stratum === 'names',
  judges: (item, known) =>
    judgeNovelty(item, known, `${known.workload.name} connected to ${item.text}, where it never did before`),
  digests: (count) => `${count} ${count === 1 ? 'destination' : 'destinations'} connected to for the first time`,
};

/** Where an observation connects to, as it is learned; undefined when nowhere outside its container. */
export function egressItem({ kind, network, destination }: Observation, { sibling }: Surroundings): Item | undefined {
  if (kind !== 'connection' || network?.direction !== 'egress' || destination === undefined) return undefined;
  if (destination.scope === 'loopback' || isLoopback(destination.ip)) return undefined;
  const { ip, port, domain, scope } = destination;
  return itemOf({ ip, port, domain, scope, sibling, transport: network.transport });
}

/** All that makes out where a connection goes. */
interface Destination extends Pick<NonNullable<Observation['destination']>, 'ip' | 'port'> {
  readonly domain: string | undefined;
  readonly scope: NonNullable<Observation['destination']>['scope'] | undefined;
  readonly sibling: WorkloadRef | undefined;
  readonly transport: NonNullable<Observation['network']>['transport'] | undefined;
}

/** Most connections go where others went. */
const itemOf = rememberingBy(
  ({ ip, port, domain, scope, sibling, transport }: Destination): string =>
    // With lengths, so that no name passes for two others.
    `${transport} ${port} ${scope} ${sized(ip)}${sized(domain)}${sized(sibling?.id)}${sized(sibling?.name)}`,
  (destination): Item => {
    const nameless = (): Item => itemAt({ ...destination, domain: undefined });
    if (destination.domain === undefined) return itemAt(destination);
    return destination.domain === '' ? nameless() : { ...itemAt(destination), formerly: nameless() };
  },
  8_192,
);

const sized = (text: string | undefined): string => (text === undefined ? '-' : `${text.length}:${text}`);

const itemAt = (destination: Destination): Item => ({
  ...placeOf(destination),
  stratum: stratumOf(destination),
  fields: {
    'destination.ip': destination.ip,
    'destination.port': destination.port,
    'destination.domain': destination.domain,
    'network.transport': destination.transport,
  },
});

/** Neighbours and other hosts of the own networks are few, wherever else it connects to. */
function stratumOf({ domain, scope, sibling }: Destination): string {
  if (sibling !== undefined) return 'neighbour';
  if (scope === 'private' || scope === 'link-local') return 'own networks';
  return domain === undefined ? 'addresses' : 'names';
}

function placeOf({
  domain,
  ip,
  port,
  sibling,
  transport = 'tcp',
}: Destination): Pick<Item, 'key' | 'text' | 'pieces' | 'example' | 'limits'> {
  const named = domain === undefined ? undefined : namedPlace(plainName(domain), ` port ${port}/${transport}`);
  if (named !== undefined) return named;
  const [type, id, shown] =
    sibling === undefined ? ['ip', ip, ip] : ['workload', sibling.id, `workload ${sibling.name}`];
  return { key: JSON.stringify([type, id, port, transport]), text: `${shown} port ${port}/${transport}` };
}

/** Names fold and are generalised as those that are asked for (dns-names): only left of the labels that say whose it is. */
function namedPlace(name: string, port: string): ReturnType<typeof placeOf> | undefined {
  const found = dnsName(name, 'A');
  if (found === undefined) return undefined;
  const pieces: readonly Piece[] = [{ text: 'domain', hidden: true }, ...found.pieces, { text: port }];
  return {
    key: JSON.stringify(pieces.map(({ text }) => text)),
    text: textOfPieces(pieces),
    example: `${name}${port}`,
    pieces,
    limits: nameLimits(found),
  };
}

const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '');

const isLoopback = (ip: string): boolean => ip.startsWith('127.') || ip === '::1' || ip.startsWith('::ffff:127.');
