import type { Evidence, EvidenceProcess } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';
import type { Observation } from '../../shared/observation.ts';
import { createConfiguration } from './configuration.ts';
import { createProcessTree } from './processes.ts';
import { containerIds, createNames } from './whose.ts';

/** Processes of the container that the incident began with, and of each other one. */
const most = { first: 300, other: 50 };

interface Part {
  readonly id: string;
  /** Undefined: the one that the incident began with. */
  readonly name: string | undefined;
  readonly configuration: ReturnType<typeof createConfiguration>;
  readonly processes: ReturnType<typeof createProcessTree>;
}

/** What is gathered container by container, in the order in which the incident names them. */
export function createParts(incident: Incident) {
  const nameOf = createNames(incident);
  const named = new Map(incident.containers?.map((one) => [one.id, one]));
  const parts = containerIds(incident).map((id): Part => {
    const name = nameOf(named.get(id));
    const processes = createProcessTree(name === undefined ? most.first : most.other, name);
    return { id, name, configuration: createConfiguration(), processes };
  });
  const byId = new Map(parts.map((part) => [part.id, part]));
  return {
    of: ({ container }: Observation): Part | undefined => byId.get(container?.id ?? ''),
    isConfigured: (): boolean => parts.every(({ configuration }) => configuration.get() !== undefined),
    configurations(): Pick<Evidence, 'configuration' | 'otherConfigurations'> {
      const configuration = parts.find(({ name }) => name === undefined)?.configuration.get();
      const otherConfigurations = parts.flatMap(({ id, name, configuration: other }) => {
        const found = other.get();
        return found === undefined || name === undefined ? [] : [{ id, name, ...found }];
      });
      return {
        ...(configuration && { configuration }),
        ...(otherConfigurations.length > 0 && { otherConfigurations }),
      };
    },
    processes: (): EvidenceProcess[] => parts.flatMap(({ processes }) => processes.list()),
    /** Observations of processes that found no room. */
    beyond: (): number => parts.reduce((sum, { processes }) => sum + processes.beyond(), 0),
  };
}
