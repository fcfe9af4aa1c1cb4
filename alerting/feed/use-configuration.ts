import type { UseConfiguration } from '../../shared/harden/use.ts';
import type { ContainerFacts, Observation } from '../../shared/observation.ts';

export interface UseConfigurations {
  take(observation: Observation): void;
  /** The newest. */
  use(): UseConfiguration | undefined;
}

const mostObjects = 256;

/** The newest configuration of a workload's containers, put together from the observations of its snapshot. */
export function createUseConfigurations(): UseConfigurations {
  let newest: { readonly snapshot: string; readonly at: number; readonly container: ContainerFacts } | undefined;
  const published = new Set<string>();
  const mounts = new Set<string>();
  return {
    take: ({ kind, at, container, snapshot, port, mount }) => {
      if (kind !== 'container_configuration' || container === undefined || snapshot === undefined) return;
      if (newest !== undefined && at < newest.at) return;
      if (newest?.snapshot !== snapshot.id) {
        newest = { snapshot: snapshot.id, at, container };
        published.clear();
        mounts.clear();
      }
      if (published.size + mounts.size >= mostObjects) return;
      if (port !== undefined) published.add(`${port.host_port}:${port.container_port}/${port.protocol}`);
      if (mount !== undefined) mounts.add(mount.destination);
    },
    use: () =>
      newest === undefined
        ? undefined
        : {
            ...configurationOf(newest.container, newest.at),
            published: [...published].sort(),
            ...places(newest.container, mounts),
          },
  };
}

const places = (
  { tmpfs = [] }: ContainerFacts,
  mounts: ReadonlySet<string>,
): Pick<UseConfiguration, 'mounts' | 'tmpfs'> => ({
  mounts: [...new Set([...mounts, ...tmpfs])].sort(),
  tmpfs: [...tmpfs],
});

function configurationOf(
  container: ContainerFacts,
  at: number,
): Omit<UseConfiguration, 'published' | 'mounts' | 'tmpfs'> {
  const { project, service, user_uid: uid, caps, limits } = container;
  return {
    at,
    container: container.name,
    image: container.image.name,
    ...(project === undefined ? {} : { project }),
    ...(service === undefined ? {} : { service }),
    user: container.user ?? '',
    ...(uid === undefined ? {} : { uid }),
    privileged: container.privileged === true,
    capabilities: { added: [...(caps?.added ?? [])], effective: [...(caps?.effective ?? [])] },
    readOnly: container.readonly_rootfs === true,
    noNewPrivileges: container.no_new_privileges === true,
    networkMode: container.namespaces?.net ?? '',
    networks: (container.networks ?? []).map(({ name, id, internal }) => ({
      name,
      id,
      ...(internal === undefined ? {} : { internal }),
    })),
    limits: { pids: limits?.pids ?? 0, memory: limits?.memory ?? 0 },
  };
}
