import { deriveId } from '../../shared/hash.ts';
import type { Observation } from '../../shared/observation.ts';

export interface ExecSample {
  readonly host?: string;
  readonly container?: string;
  readonly privileged?: boolean;
}

/** The `index`-th of a series of execs in one of 20 containers of a host, some 0.9 kB of JSON. */
export function sampleExec(index: number, sample: ExecSample = {}): Observation {
  const { host = 'bench-host', container = `bench-${index % 20}`, privileged = false } = sample;
  const at = Date.now();
  return {
    id: deriveId('bench', host, index, at),
    kind: 'exec',
    at,
    event: { source: 'docker-event', action: 'exec_start', time_nano: `${at}000000` },
    host: { id: host, name: host },
    workload: { id: deriveId(host, index % 20), name: `bench-${index % 20}` },
    container: {
      id: deriveId('container', host, container).repeat(2),
      name: container,
      image: { name: 'acme/app:1', id: 'sha256:0', registry: 'docker.io', repository: 'docker.io/acme/app', tag: '1' },
      user: '',
      user_uid: 0,
      runs_as_root: true,
      privileged: false,
      state: 'running',
      age_s: 3_600,
    },
    exec: {
      id: deriveId('exec', host, index).repeat(2),
      args: ['sh', '-c', `job --number ${index % 50}`],
      command: `sh -c job --number ${index % 50}`,
      resolved: true,
      user: '',
      uid: 0,
      privileged,
      tty: false,
      open_stdin: false,
      is_healthcheck: false,
      is_shell: true,
    },
  };
}
