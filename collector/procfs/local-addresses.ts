import { parseAddress } from './net-table.ts';

/** Addresses of a network namespace's own interfaces, loopback left out: from /proc/PID/net/fib_trie (IPv4). */
export function parseFibTrie(text: string): readonly string[] {
  const addresses = new Set<string>();
  let leaf = '';
  for (const line of text.split('\n')) {
    const address = /\|-- (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1];
    if (address !== undefined) leaf = address;
    else if (line.endsWith('/32 host LOCAL') && !leaf.startsWith('127.')) addresses.add(leaf);
  }
  return [...addresses];
}

/** Gateways of a network namespace's routes, from /proc/PID/net/route (IPv4, hexadecimal in host byte order). */
export function parseGateways(text: string): readonly string[] {
  const gateways = text.split('\n').flatMap((line) => {
    const [, , gateway = ''] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{8}$/i.test(gateway) || gateway === '00000000') return [];
    return parseAddress(`${gateway}:0000`)?.ip ?? [];
  });
  return [...new Set(gateways)];
}

/** From /proc/PID/net/if_inet6: address, interface number, prefix length, scope, flags, name. Loopback and link-local left out. */
export function parseInet6(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const [digits = '', , , scope] = line.trim().split(/\s+/);
    if (!/^[0-9a-f]{32}$/i.test(digits) || scope !== '00') return [];
    // The socket tables write each word in host byte order; here the bytes stand in order.
    const words = (digits.match(/.{8}/g) ?? []).map((word) => (word.match(/../g) ?? []).reverse().join(''));
    const address = parseAddress(`${words.join('')}:0000`);
    return address === undefined ? [] : [address.ip];
  });
}
