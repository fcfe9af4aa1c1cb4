import { deriveId } from './hash.ts';
import type { ContainerFacts, WorkloadRef } from './observation.ts';

/** The stable thing a baseline belongs to: host, image repository and the service it claims. A label alone never joins a workload. */
export function workloadOf(
  hostId: string,
  { image, project, service }: Pick<ContainerFacts, 'image' | 'project' | 'service'>,
): WorkloadRef {
  const claimed = service === undefined ? '' : `${project ?? ''}/${service}`;
  return {
    id: deriveId('workload', hostId, image.repository, claimed),
    name: claimed === '' ? image.repository.replace(/^docker\.io\/(library\/)?/, '') : claimed,
  };
}
