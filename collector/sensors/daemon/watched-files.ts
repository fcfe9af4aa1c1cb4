import type { DaemonFileFacts } from '../../../shared/facts/daemon.ts';
import { defaultSockets } from '../../engine/facts/sockets.ts';

type Kind = DaemonFileFacts['kind'];

/** A place to look at: a file, or a directory with everything below it. */
export interface Place {
  readonly kind: Kind;
  readonly path: string;
}

const places = (kind: Kind, directories: readonly string[], names: readonly string[]): readonly Place[] =>
  directories.flatMap((directory) => names.map((name) => ({ kind, path: `${directory}/${name}` })));

const programs = [
  'dockerd',
  'docker-proxy',
  'docker-init',
  'docker-runc',
  'docker-containerd',
  'containerd',
  'containerd-shim',
  'containerd-shim-runc-v1',
  'containerd-shim-runc-v2',
  'runc',
  'crun',
  'youki',
  'nvidia-container-cli',
  'nvidia-container-runtime',
  'nvidia-container-runtime-hook',
];
const programDirectories = ['/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin', '/usr/libexec/docker'];

const units = ['docker.service', 'docker.socket', 'containerd.service'].flatMap((unit) => [unit, `${unit}.d`]);
const unitDirectories = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'];

/** Files by which containers are run (DMN-07): who changes one is root on the host, and stays it. */
export const watchedFiles: readonly Place[] = [
  ...places('program', programDirectories, programs),
  ...places('unit', unitDirectories, units),
  ...[
    '/etc/docker',
    '/etc/containerd',
    '/etc/cdi',
    '/etc/containers/oci/hooks.d',
    '/usr/share/containers/oci/hooks.d',
    '/etc/nvidia-container-runtime',
    '/etc/default/docker',
    '/etc/sysconfig/docker',
  ].map((path): Place => ({ kind: 'configuration', path })),
];

/** Written by the engine itself when it starts for the first time; nothing is decided by it. */
export const writtenByEngine: ReadonlySet<string> = new Set(['/etc/docker/key.json']);

export const runtimeSockets: readonly Place[] = defaultSockets.map((path) => ({ kind: 'socket', path }));
