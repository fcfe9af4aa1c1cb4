import { severityRank } from '../../../shared/finding.ts';
import type { ContainerFacts } from '../../../shared/observation.ts';
import type { SnapshotObject } from './snapshot.ts';

/** What a container is by what was handed to it: rules about the container see no mounts and devices, those are observations of their own. */
export function ownerFacts(
  objects: readonly SnapshotObject[],
): Pick<ContainerFacts, 'device_classes' | 'mounts_severity'> {
  const classes = objects.flatMap(({ device }) => (device === undefined ? [] : [device.class]));
  const [worst] = objects
    .flatMap(({ mount }) => (mount?.severity === undefined ? [] : [mount.severity]))
    .sort((a, b) => severityRank(b) - severityRank(a));
  return {
    device_classes: [...new Set(classes)].sort(),
    ...(worst === undefined ? {} : { mounts_severity: worst }),
  };
}
