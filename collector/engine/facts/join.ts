import type { ContainerFacts, NamespaceJoinFacts } from '../../../shared/observation.ts';
import type { ContainerInspect } from '../inspect-types.ts';
import { capabilityFacts } from './capabilities.ts';
import { claims } from './container.ts';

/** Namespaces that the container shares with another one: type and target as configured. */
export function requestedJoins({
  HostConfig: host = {},
}: ContainerInspect): readonly { type: NamespaceJoinFacts['type']; target: string }[] {
  const modes = [
    ['pid', host.PidMode],
    ['net', host.NetworkMode],
    ['ipc', host.IpcMode],
  ] as const;
  return modes.flatMap(([type, mode]) =>
    mode?.startsWith('container:') ? [{ type, target: mode.slice('container:'.length) }] : [],
  );
}

/** CFG-25: whose namespace, and whether the other has more than this one or belongs to somebody else. */
export function joinFacts(
  { type, target }: { type: NamespaceJoinFacts['type']; target: string },
  container: ContainerFacts,
  other: ContainerInspect | undefined,
): NamespaceJoinFacts {
  const { project } = claims(other?.Config?.Labels ?? {});
  return {
    type,
    target: {
      id: other?.Id ?? target,
      name: (other?.Name ?? '').replace(/^\//, ''),
      image: other?.Config?.Image ?? '',
      ...(project ? { project } : {}),
    },
    target_more_privileged: other !== undefined && hasMore(other, container),
    other_project: (project ?? '') !== (container.project ?? ''),
  };
}

function hasMore(other: ContainerInspect, container: ContainerFacts): boolean {
  const host = other.HostConfig ?? {};
  if (host.Privileged === true) return container.privileged !== true;
  const mine = new Set(container.caps?.effective ?? []);
  const { pid, net, ipc } = container.namespaces ?? {};
  return (
    capabilityFacts(host).effective.some((name) => !mine.has(name)) ||
    (host.PidMode === 'host' && pid !== 'host') ||
    (host.NetworkMode === 'host' && net !== 'host') ||
    (host.IpcMode === 'host' && ipc !== 'host') ||
    (host.Devices?.length ?? 0) > 0
  );
}
