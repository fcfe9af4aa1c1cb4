import type { UseConfiguration } from '../../shared/harden/use.ts';
import { counted, type Judging, observed, proposed, unobserved } from './judging.ts';
import type { InternalNetwork, Proposed } from './proposal.ts';

const plainName = /^[A-Za-z0-9][\w.-]{0,127}$/;

/** Networks without a way out, where nothing but other containers was spoken to. */
export const internal = (judging: Judging): Proposed<readonly InternalNetwork[]> =>
  observed(judging, ['connections'], () => {
    const { configuration, network } = judging.use;
    if (configuration === undefined) return unobserved('its configuration is no longer in the log');
    const { networks, networkMode, published } = configuration;
    if (networkMode !== 'private') return unobserved(`its network is \`${networkMode}\`, which cannot be internal`);
    if (networks.length === 0) return unobserved('it is attached to no network');
    if (published.length > 0)
      return unobserved(`it publishes ${published.slice(0, 3).join(', ')}, which an internal network does not do`);
    const out = network.egress.find(({ container, owner }) => container === undefined && owner !== 'exec');
    if (out !== undefined)
      return unobserved(
        `it connects to ${out.ip} port ${out.port}/${out.transport}, which is no container’s${out.isHost ? ' but the host’s' : ''}`,
      );
    if (network.ingress.fromOutside > 0)
      return unobserved(`${network.ingress.sample ?? 'something'} connects to it, which is no container’s`);
    if (network.leftOut > 0) return unobserved('it has more connections than are kept');
    if (networks.some(({ name }) => name === 'bridge'))
      return unobserved('it is on the engine’s default network, which cannot be internal: give it one of its own');
    const open = networks.filter((one) => one.internal !== true);
    if (open.some(({ name }) => !plainName.test(name)))
      return unobserved('the name of its network has characters that are not copied');
    return proposed(
      open.map(({ name }) => ({ name, ...keyOf(name, configuration) })),
      {
        evidence:
          open.length === 0
            ? 'all its networks are internal already'
            : `it spoke with other containers only: connected to ${counted(network.egress.length, 'destination')}, was connected to ${counted(network.ingress.fromContainers, 'time')}`,
        confidence: 'medium',
        doubts: [
          'the network is made internal for everybody on it: look at the others first',
          'a connection shorter than a sweep was not seen',
        ],
      },
    );
  });

/** Compose calls a network `project_key`, unless it is told another name. */
function keyOf(name: string, { project }: UseConfiguration): { readonly key?: string } {
  const prefix = `${project ?? ''}_`;
  return project !== undefined && name.startsWith(prefix) ? { key: name.slice(prefix.length) } : {};
}
