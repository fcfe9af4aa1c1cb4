import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { map } from 'rxjs';
import type { Observation } from '../../shared/observation.ts';
import type { KnownContainer } from '../engine/inventory.ts';
import { parseMountinfo } from '../procfs/mountinfo.ts';
import type { Sensor } from '../sensor.ts';

export interface OwnContainer {
  /** MON-02: says of an observation whether it is about a container of Moorwatch. */
  mark(observation: Observation): Observation;
}

/**
 * Finds the container that this process runs in. What /proc says is only asked of the engine that is watched: where that has no such container, it is
 * another engine's, or there is none.
 */
export function createOwnContainer({
  candidates,
  containers,
}: {
  readonly candidates: readonly string[];
  containers(): readonly KnownContainer[];
}): OwnContainer {
  let own: { readonly id: string; readonly image: string; readonly project: string } | undefined;
  const find = () => {
    if (own !== undefined || candidates.length === 0) return own;
    const found = candidates.flatMap((id) => containers().find((known) => known.id.startsWith(id)) ?? [])[0];
    if (found === undefined) return undefined;
    const { image, project = '' } = found.snapshot.container;
    own = { id: found.id, image: image.id, project };
    return own;
  };
  return {
    mark(observation) {
      const { container } = observation;
      const self = container === undefined ? undefined : find();
      if (container === undefined || self === undefined) return observation;
      if (container.id === self.id) return { ...observation, monitor: { container: 'self' } };
      // Of the image alone anybody may run containers, where it is a general one.
      const isSibling = self.project !== '' && container.project === self.project && container.image.id === self.image;
      return isSibling ? { ...observation, monitor: { container: 'sibling' } } : observation;
    },
  };
}

export const marked = (sensor: Sensor, { mark }: OwnContainer): Sensor => ({
  ...sensor,
  observe: () => sensor.observe().pipe(map(mark)),
});

const shortHostname = /^[\da-f]{12}$/;

/** Ids of the container that this process may run in, likeliest first. Never rejects. */
export async function ownCandidates(proc = '/proc/self', name = hostname()): Promise<readonly string[]> {
  const read = (file: string): Promise<string> => readFile(`${proc}/${file}`, 'utf8').catch(() => '');
  const [mountinfo, cgroup] = await Promise.all([read('mountinfo'), read('cgroup')]);
  return candidatesIn({ mountinfo, cgroup, hostname: name });
}

/** Files that an engine puts into every container, from its directory. */
const given = new Set(['/etc/hostname', '/etc/hosts', '/etc/resolv.conf']);

export function candidatesIn(said: {
  readonly mountinfo: string;
  readonly cgroup: string;
  readonly hostname: string;
}): readonly string[] {
  const mounted = parseMountinfo(said.mountinfo).flatMap(({ point, root }) =>
    given.has(point) ? (/containers\/([\da-f]{64})\//.exec(root)?.[1] ?? []) : [],
  );
  const cgroups = said.cgroup.split('\n').flatMap((line) => /([\da-f]{64})(\.scope)?$/.exec(line.trim())?.[1] ?? []);
  const named = shortHostname.test(said.hostname) ? [said.hostname] : [];
  return [...new Set([...mounted, ...cgroups, ...named])];
}
