import type { HostRef, WorkloadRef } from '../../shared/observation.ts';
import { hostWorkload, isHostWorkload } from '../../shared/workload.ts';
import type { Feature } from './feature.ts';

/** Whether a feature is one of that workload at all: what is learned of hosts is not learned of containers, nor the other way round. */
export const concerns = ({ subject }: Pick<Feature, 'subject'>, workload: Pick<WorkloadRef, 'name'>): boolean =>
  (subject === 'host') === isHostWorkload(workload);

/** Why a profile of a feature cannot be one of a workload; undefined: it can. */
export function unconcerned(
  feature: Pick<Feature, 'name' | 'subject'>,
  workload: Pick<WorkloadRef, 'name'>,
): string | undefined {
  if (concerns(feature, workload)) return undefined;
  const { name } = hostWorkload({ id: '' });
  return feature.subject === 'host'
    ? `${feature.name} is learned of a host itself (${name}) alone, and ${workload.name} is a workload of containers`
    : `${feature.name} is learned of containers, and ${name} is a host itself`;
}

/** What an order calls a workload, as the state does: that of the host itself is known by its id, and nothing else is called so. */
export function calledAs({ id, name }: WorkloadRef, host: Pick<HostRef, 'id'>): WorkloadRef {
  const ofHost = hostWorkload(host);
  if (id === ofHost.id) return ofHost;
  return { id, name: isHostWorkload({ name }) ? id : name };
}
