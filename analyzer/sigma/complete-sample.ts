import { pathsNamed } from '../../shared/clean-path.ts';
import { isRecord, type Observation } from '../../shared/observation.ts';
import type { LogSource } from './taxonomy.ts';

/** A sample only writes what matters; this adds what every observation has, and a container unless the kind has none. */
export function completeSample(
  { logsource }: { readonly logsource: LogSource },
  partial: Readonly<Record<string, unknown>>,
): Observation {
  const kind = partial.kind ?? kindOf(logsource) ?? 'container_configuration';
  const container = {
    id: 'c'.repeat(64),
    name: 'sample',
    image: { name: 'acme/app:1', id: 'sha256:0', registry: 'docker.io', repository: 'docker.io/acme/app' },
  };
  const base = {
    id: '0'.repeat(32),
    kind,
    at: 0,
    event: { source: 'inspect', action: kind === 'exec' ? 'exec_start' : 'create' },
    host: { id: 'host', name: 'host' },
    ...(kind === 'gap' || kind === 'monitor' ? {} : { container }),
    ...(kind === 'container_configuration'
      ? { snapshot: { id: '', object: objectOf(partial), objects: [], hash: '' } }
      : {}),
    ...Object.fromEntries(Object.entries(harmless).filter(([name]) => name in partial || name === kind)),
  };
  // A sample is as loose as YAML; rules read it by field names only.
  return withPaths(merged(base, partial) as unknown as Observation);
}

/** What the collector works out from the arguments. */
function withPaths(observation: Observation): Observation {
  const { process } = observation;
  if (process?.args === undefined || process.paths !== undefined) return observation;
  const paths = pathsNamed(process.args, process.working_directory);
  return paths.length === 0 ? observation : { ...observation, process: { ...process, paths } };
}

/** Observations that answer to rules for Linux hosts. */
const linuxKinds: Readonly<Record<string, string>> = {
  process_creation: 'exec',
  network_connection: 'connection',
  file_event: 'file',
};

const kindOf = ({ product, category }: LogSource): string | undefined =>
  product === 'linux' && category !== undefined ? linuxKinds[category] : category;

/** An ordinary one of each, so that a sample shows nothing but what makes it dangerous. */
const harmless: Readonly<Record<string, object>> = {
  mount: {
    type: 'bind',
    source: '/srv/data',
    source_real: '/srv/data',
    resolved: true,
    destination: '/data',
    rw: true,
    propagation: 'rprivate',
    is_runtime_socket: false,
    socket_alias: false,
    covers_socket: false,
    is_socket: false,
    is_file: false,
    engine_data: false,
    monitor_data: false,
  },
  mount_row: {
    destination: '/mnt',
    fstype: 'tmpfs',
    source: 'tmpfs',
    root: '/',
    device: '0:99',
    rw: true,
    propagation: 'private',
    when: 'later',
    declared: false,
    host_disk: false,
    rebind: false,
  },
  port: { container_port: 80, protocol: 'tcp', host_ip: '0.0.0.0', host_port: 8080 },
  device: { path: '/dev/zero', path_in_container: '/dev/zero', permissions: 'rwm', resolved: true, class: 'other' },
  namespace_join: {
    type: 'net',
    target: { id: 'd'.repeat(64), name: 'other', image: 'acme/other:1' },
    target_more_privileged: false,
    other_project: false,
  },
  exec: {
    id: 'e'.repeat(64),
    args: ['id'],
    command: 'id',
    resolved: true,
    user: '',
    uid: 0,
    privileged: false,
    tty: false,
    open_stdin: false,
    is_healthcheck: false,
    is_shell: false,
  },
};

/** Samples of mounts, devices and joins speak of these objects; others of the container. */
function objectOf(partial: Readonly<Record<string, unknown>>): string {
  const object = ['mount', 'device', 'port', 'namespace_join'].find((name) => name in partial);
  return object === undefined ? 'container' : `${object}:sample`;
}

function merged(
  base: Readonly<Record<string, unknown>>,
  over: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isRecord(below) && isRecord(value) ? merged(below, value) : value;
  }
  return result;
}
