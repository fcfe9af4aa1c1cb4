import type { EvidenceConfiguration } from '../../shared/evidence.ts';
import type { Observation } from '../../shared/observation.ts';

const mostMounts = 100;

/** The newest configuration of the container, with its mounts. */
export function createConfiguration() {
  let snapshot = '';
  let found: EvidenceConfiguration | undefined;
  return {
    take({ kind, at, container, snapshot: of, mount }: Observation): void {
      if (kind !== 'container_configuration' || container === undefined || of === undefined) return;
      if (of.object === 'container') {
        if (found !== undefined && at < found.at) return;
        const mounts = of.id === snapshot ? (found?.mounts ?? []) : [];
        snapshot = of.id;
        found = { at, container: { ...container }, mounts };
      } else if (mount !== undefined && found !== undefined && of.id === snapshot && found.mounts.length < mostMounts)
        found = { ...found, mounts: [...found.mounts, { ...mount }] };
    },
    get: (): EvidenceConfiguration | undefined => found,
  };
}
