import type { Observation } from '../../shared/observation.ts';

/** Linux's usual range of ports that are handed out to whoever asks for none (net.ipv4.ip_local_port_range, ip(7)). */
const isHandedOut = (port: number): boolean => port >= 32_768 && port <= 60_999;

/**
 * A port that a program listens on, as it is learned. One that was handed out is another after each start, so it is `<ephemeral>`; but only
 * where hiding behind that gains little: the program is known (and part of the item), nothing exposes the port, and it is UDP, can be reached
 * from within the container alone, or belongs to a container that does not run as root. Anywhere else each port is a thing of its own.
 */
export function listenedPort(
  { network, container, process }: Observation,
  { port, scope }: { readonly port: number; readonly scope: string },
): string {
  const isOfNoMatter = network?.transport === 'udp' || scope === 'loopback' || container?.runs_as_root === false;
  const isKnown = process?.executable !== undefined && network?.exposed !== true;
  return isHandedOut(port) && isOfNoMatter && isKnown ? '<ephemeral>' : String(port);
}
