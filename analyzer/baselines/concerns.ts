import type { WorkloadRef } from '../../shared/observation.ts';
import { isHostWorkload } from '../../shared/workload.ts';
import type { Feature } from './feature.ts';

/** Whether a feature is one of that workload at all: what is learned of hosts is not learned of containers, nor the other way round. */
export const concerns = ({ subject }: Pick<Feature, 'subject'>, workload: Pick<WorkloadRef, 'name'>): boolean =>
  (subject === 'host') === isHostWorkload(workload);
