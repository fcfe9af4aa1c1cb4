import type { LogFacts } from '../../../shared/observation.ts';
import { ipScope, isIp } from '../../procfs/ip-scope.ts';
import type { HostConfig } from '../inspect-types.ts';

/** Options by which drivers are told where to send to: syslog-address, gelf-address, fluentd-address, splunk-url, loki-url, … */
const addressOption = /-(address|url|endpoint)$/;

/** CFG-47: where a container's output goes. */
export function logFacts(log: HostConfig['LogConfig']): LogFacts {
  const addresses = Object.entries(log?.Config ?? {}).flatMap(([name, value]) => {
    const host = addressOption.test(name) ? hostOf(value) : '';
    return host === '' ? [] : [host];
  });
  const address = addresses.find(isForeign) ?? addresses[0];
  return {
    driver: log?.Type ?? '',
    ...(address === undefined ? {} : { address }),
    foreign: address !== undefined && isForeign(address),
  };
}

/** Host of `udp://host:514`, `https://user:secret@host/path`, `host:24224`, `[::1]:514`; '' for a socket of this host. Never what else is in it. */
function hostOf(address: string): string {
  const [, scheme = '', rest = ''] = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(.*)$/is.exec(address.trim()) ?? [];
  if (/^unix/i.test(scheme) || rest.startsWith('/')) return '';
  const authority = (rest.split(/[/?#]/)[0] ?? '').split('@').at(-1) ?? '';
  const bracketed = /^\[([^\]]*)\]/.exec(authority)?.[1];
  return (bracketed ?? (isIp(authority) ? authority : authority.replace(/:\d*$/, ''))).toLowerCase();
}

/** Endings of names that no public DNS answers for. */
const internal = /\.(local|lan|internal|intranet|home|corp|localdomain|home\.arpa|test|localhost)$/;

function isForeign(host: string): boolean {
  if (isIp(host)) return ipScope(host) === 'public';
  const name = host.replace(/\.$/, '');
  return name.includes('.') && !internal.test(name);
}
