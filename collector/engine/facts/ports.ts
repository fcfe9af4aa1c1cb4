import type { PortFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';

/** Published ports, one for each binding. Of a range of host ports (the engine takes a free one) the first. */
export function portFacts({ PortBindings }: HostConfig): readonly PortFacts[] {
  return Object.entries(PortBindings ?? {}).flatMap(([name, bindings]) => {
    const [port = '', protocol = 'tcp'] = name.split('/');
    return (bindings ?? []).map(({ HostIp, HostPort }) => ({
      container_port: firstNumber(port),
      protocol,
      // The engine takes an empty address for all of them.
      host_ip: HostIp || '0.0.0.0',
      host_port: firstNumber(HostPort),
    }));
  });
}

/** 0: none, or the engine picks one. */
const firstNumber = (text: string | undefined): number => Number(/^\d+/.exec(text ?? '')?.[0] ?? 0);
