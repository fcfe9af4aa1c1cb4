import type { PortFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';

/** Published ports, one for each binding. */
export function portFacts({ PortBindings }: HostConfig): readonly PortFacts[] {
  return Object.entries(PortBindings ?? {}).flatMap(([name, bindings]) => {
    const [port = '', protocol = 'tcp'] = name.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      container_port: Number(port),
      protocol,
      // The engine takes an empty address for all of them.
      host_ip: HostIp || '0.0.0.0',
      host_port: Number(HostPort || 0),
    }));
  });
}
