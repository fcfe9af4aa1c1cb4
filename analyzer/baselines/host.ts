import type { Observation } from '../../shared/observation.ts';
import { hostWorkload } from '../../shared/workload.ts';
import type { Concluded } from '../step.ts';
import type { Feature } from './feature.ts';
import { byKind } from './kinds.ts';

/** Those of the host itself. */
export const hostFeaturesOf = byKind<Feature>(({ subject }) => subject === 'host');

/** An observation as the host's own: whatever container shows it, it is told of the host. */
export const asHost = (observation: Observation): Observation => ({
  ...observation,
  workload: hostWorkload(observation.host),
});

/** Whose trouble keeps it from teaching: the container's that shows it. What has none (a pull, a network) is all of one lineage, as nobody knows who asked for it. */
export const hostLineage = ({ lineage }: Concluded, { host }: Observation): string => lineage ?? hostWorkload(host).id;
