import type { HostRef } from './observation.ts';

const beginning = 'moorwatch/';

/** What stands in the place of a host where something is about Moorwatch itself. No engine has such an id. */
export const monitorHost = (part: string): HostRef => ({ id: `${beginning}${part}`, name: 'Moorwatch' });

export const isMonitorHost = ({ id }: Pick<HostRef, 'id'>): boolean => id.startsWith(beginning);
