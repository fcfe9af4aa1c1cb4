import ipaddr from 'ipaddr.js';

const scopes: Readonly<Record<string, string>> = {
  loopback: 'loopback',
  private: 'private',
  uniqueLocal: 'private',
  carrierGradeNat: 'private',
  linkLocal: 'link-local',
  multicast: 'multicast',
  broadcast: 'multicast',
  unspecified: 'loopback',
};

export const isIp = (text: string): boolean => ipaddr.isValid(text);

/** `loopback` | `private` | `link-local` | `multicast` | `public`. */
export function ipScope(ip: string): string {
  return ipaddr.isValid(ip) ? (scopes[ipaddr.parse(ip).range()] ?? 'public') : 'public';
}
