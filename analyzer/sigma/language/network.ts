import ipaddr from 'ipaddr.js';
import { RuleError } from './source.ts';
import type { Value } from './values.ts';

/** As people and systems write it; the library also takes `80` and `0x7f.1` for addresses. */
export const isAddress = (text: string): boolean =>
  text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text);

/** The network that a `cidr` value names, as `address/bits`; without a prefix it is one address. @throws RuleError */
export function networkOf(value: Value): string {
  if (value.kind !== 'string') throw new RuleError('cidr takes a network as text', value.node);
  const { text, node } = value;
  const [ip = '', prefix, ...rest] = text.split('/');
  if (!isAddress(ip) || rest.length > 0) throw new RuleError(`${text} is no network`, node);
  const address = ipaddr.parse(ip);
  const most = address.kind() === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (!/^\d+$/.test(prefix ?? '0') || bits > most) throw new RuleError(`${text} is no network`, node);
  const family = address.kind() === 'ipv4' ? ipaddr.IPv4 : ipaddr.IPv6;
  const first = family.networkAddressFromCIDR(`${address.toString()}/${bits}`);
  if (first.toString() !== address.toString())
    throw new RuleError(`${text} has bits set behind its prefix; the network is ${first.toString()}/${bits}`, node);
  if (!(address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress())) return `${address.toString()}/${bits}`;
  // Addresses of events that are written so are IPv4.
  if (bits < 96) throw new RuleError(`${text} holds IPv4 addresses and others; write the IPv4 networks`, node);
  return `${address.toIPv4Address().toString()}/${bits - 96}`;
}

/** A test for one network, as `networkOf` gives it. What is no address is in none. */
export function compileNetwork(network: string): (text: string) => boolean {
  const [ip = '', bits = ''] = network.split('/');
  const first = ipaddr.parse(ip);
  return (text) => {
    // The library reads the obsolete `::10.0.0.1` as if it were mapped.
    if (!isAddress(text) || /^::\d+\./.test(text)) return false;
    const address = ipaddr.process(text);
    return address.kind() === first.kind() && address.match(first, Number(bits));
  };
}
