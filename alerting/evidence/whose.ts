import { clip } from '../../shared/clip.ts';
import type { EvidenceEntry } from '../../shared/evidence.ts';
import type { Incident } from '../../shared/incident.ts';
import type { ContainerFacts, Observation } from '../../shared/observation.ts';

/** UTF-16 units of a container's name. */
const longestName = 300;

/** Ids of the containers that an incident names; the one that it began with, or that replaced it, comes first. */
export const containerIds = ({ container, containers = [] }: Incident): readonly string[] => [
  ...new Set([...(container === undefined ? [] : [container.id]), ...containers.map(({ id }) => id)]),
];

/** How many more it has, of which nothing is looked for. The one that it began with is looked for also when the list has it no more. */
export const containersBeyond = (incident: Incident): number => {
  const { containers = [], moreContainers = 0 } = incident;
  return Math.max(0, containers.length + moreContainers - containerIds(incident).length);
};

/** What observations have to do with the incident; undefined: nothing. */
export function createAbout(incident: Incident): (observation: Observation) => EvidenceEntry['about'] | undefined {
  const own = new Set(containerIds(incident));
  return ({ host, workload, container, exec, kind }) => {
    if (host.id !== incident.host.id) return undefined;
    // Who was blind, saw nothing.
    if (container === undefined) return kind === 'gap' || own.size === 0 ? 'host' : undefined;
    if (own.has(container.id)) return 'container';
    // Who made a container is not who had something run in it.
    const creators = [container.creator, exec?.creator];
    if (creators.some((creator) => creator !== undefined && own.has(creator.container_id))) return 'created';
    return own.size > 0 && workload !== undefined && workload.id === incident.workload?.id ? 'sibling' : undefined;
  };
}

/**
 * What a container is called beside the one that the incident began with, which needs no name: as the incident names it, with its id where it
 * replaced that one or was replaced by it.
 */
export function createNames(
  incident: Incident,
): (container: Pick<ContainerFacts, 'id' | 'name'> | undefined) => string | undefined {
  const first = incident.container;
  const names = new Map(
    incident.containers?.map(({ id, name }) => [id, name === first?.name ? `${name} ${id.slice(0, 12)}` : name]),
  );
  return (container) => {
    if (container === undefined || container.id === first?.id) return undefined;
    return clip(names.get(container.id) ?? container.name, longestName);
  };
}
