import { addressOf, containerId, type Spec } from '../box.ts';
import type { Chance } from '../chance.ts';
import type { Destination } from '../sensors.ts';
import { hourMs } from '../times.ts';
import type { World } from '../world.ts';
import { firstStart } from './lives.ts';
import { databaseSpec, queueSpec } from './specs.ts';

/** The first container of a service that is never replaced. */
const containerOf = (world: World, spec: Spec, port: number): Destination => {
  const from = firstStart(world, spec);
  return { ip: addressOf(spec, 1), port, container: containerId(spec, { number: 1, version: 1, from, to: world.to }) };
};

export const databaseOf = (world: World): Destination => containerOf(world, databaseSpec, 5432);
export const queueOf = (world: World): Destination => containerOf(world, queueSpec, 6379);

/** A service with few addresses that stay, seen without its name. */
export const payments = (chance: Chance): Destination => ({
  ip: chance.pick(['198.51.100.20', '198.51.100.21']),
  port: 443,
});
export const mailer = (chance: Chance): Destination => ({
  ip: chance.pick(['203.0.113.65', '203.0.113.66', '203.0.113.70']),
  port: 587,
});
export const backupPlace: Destination = { ip: '203.0.113.200', port: 443 };

/** What calls from outside comes through it: not a container of this host's that is watched. */
export const proxy = (): { ip: string } => ({ ip: '172.20.0.1' });

/** Addresses of networks that change behind names: `addresses` of a /16 and its neighbours, of which eight are in use for six hours each. */
export function rotating(
  world: World,
  of: { readonly name: string; readonly networks: readonly [string, ...string[]]; readonly addresses: number },
  { at, chance }: { readonly at: number; readonly chance: Chance },
): string {
  const turn = Math.floor(at / (6 * hourMs));
  const drawn = world.chance('rotation', of.name, turn, chance.whole(0, 7));
  const one = drawn.whole(0, of.addresses - 1);
  const network = of.networks[one % of.networks.length] ?? of.networks[0];
  return `${network}.${Math.floor(one / 200) + 10}.${(one % 200) + 20}`;
}
