import type { KnownContainer } from '../../../collector/engine/inventory.ts';
import type { ContainerFacts } from '../../../shared/observation.ts';

/** A container as the inventory knows it, started at 1 s. */
export function known(
  id: string,
  look: Partial<Omit<KnownContainer, 'id' | 'snapshot'>> & { facts?: Partial<ContainerFacts>; hash?: string } = {},
): KnownContainer {
  const { facts, hash = 'hash', ...rest } = look;
  const repository = 'docker.io/library/nginx';
  const container: ContainerFacts = {
    id,
    name: id,
    image: { name: 'nginx', id: 'sha256:1', registry: 'docker.io', repository },
    label_keys: [],
    ...facts,
  };
  const workload = { id: 'workload', name: repository };
  return {
    id,
    name: id,
    state: 'running',
    startedAt: 1_000,
    pid: 42,
    snapshot: { container, objects: [], workload, hash },
    ...rest,
  };
}
