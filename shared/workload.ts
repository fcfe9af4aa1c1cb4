import { deriveId } from './hash.ts';
import type { ContainerFacts, HostRef, WorkloadRef } from './observation.ts';

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

/** No image repository is spelled so, and what is claimed has a slash. */
const hostName = '@host';

/** The host itself as a workload: what runs on it, where its images come from, what its engine is asked to do. */
export const hostWorkload = ({ id }: Pick<HostRef, 'id'>): WorkloadRef => ({
  id: deriveId('workload', id),
  name: hostName,
});

/** Whether a workload is that of its host itself. */
export const isHostWorkload = ({ name }: Pick<WorkloadRef, 'name'>): boolean => name === hostName;

/** What a sentence calls a workload: its name, or `host lab-1`. As it was written: escape it where it is printed. */
export const subjectName = ({
  host,
  workload,
}: {
  readonly host: Pick<HostRef, 'name'>;
  readonly workload: Pick<WorkloadRef, 'name'>;
}): string => (isHostWorkload(workload) ? `host ${host.name}` : workload.name);
