import type { ContainerFacts, Observation, ProcessFacts } from '../../../../shared/observation.ts';

export const hour = 3_600_000;
export const began = Date.UTC(2026, 0, 2);
export const host = { id: 'h1', name: 'anchor' };
export const web = { id: 'w-web', name: 'shop/web' };
export const idOf = (letter: string): string => letter.repeat(64);

export const container = (more: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: idOf('a'),
  name: 'shop-web-1',
  image: { name: 'acme/web:1', id: 'sha256:1', registry: 'docker.io', repository: 'docker.io/acme/web' },
  state: 'running',
  user_uid: 0,
  ...more,
});

let records = 0;
/** Something about the container of the workload, so many hours after the beginning. */
export function seen(kind: Observation['kind'], hours: number, more: Partial<Observation> = {}): Observation {
  records += 1;
  return {
    id: `o${records}`,
    kind,
    at: began + hours * hour,
    event: { source: 'procfs', action: '' },
    host,
    workload: web,
    container: container(),
    ...more,
  };
}

export const lifecycle = (action: string, hours: number, more: Partial<Observation> = {}): Observation =>
  seen('container_lifecycle', hours, { event: { source: 'docker-event', action }, ...more });

export const process = (hours: number, facts: ProcessFacts, more: Partial<Observation> = {}): Observation =>
  seen('process', hours, { event: { source: 'procfs', action: 'start' }, process: facts, ...more });

export const heartbeat = (hours: number, sensors: Readonly<Record<string, string>>): Observation => {
  const { workload: _, container: __, ...rest } = seen('heartbeat', hours);
  return { ...rest, heartbeat: { sequence: 1, sensors } };
};

export const gap = (from: number, to: number, scope: readonly string[]): Observation => {
  const { workload: _, container: __, ...rest } = seen('gap', to);
  return {
    ...rest,
    gap: { from: began + from * hour, to: began + to * hour, reason: 'collector-stopped', scope, text: 'away' },
  };
};

export const configuration = (hours: number, facts: Partial<ContainerFacts> = {}): Observation =>
  seen('container_configuration', hours, {
    container: container({
      user: '',
      privileged: false,
      caps: { added: [], dropped: [], effective: ['CAP_CHOWN', 'CAP_SETUID'], near_privileged: false },
      readonly_rootfs: false,
      no_new_privileges: false,
      namespaces: { pid: '', net: 'private', ipc: '', uts: '', user: '', cgroup: '' },
      networks: [{ name: 'shop_back', id: 'n1', internal: false }],
      limits: { memory: 0, memory_swap: 0, nano_cpus: 0, cpu_quota: 0, pids: 0 },
      ...facts,
    }),
    snapshot: { id: `s${hours}`, object: 'container', objects: ['container'], hash: 'x' },
  });
