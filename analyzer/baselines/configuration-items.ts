import type { ContainerFacts, Observation } from '../../shared/observation.ts';
import { cappedText } from '../capped.ts';
import { capabilityItems } from './capability-items.ts';
import { generalise } from './generalise.ts';

/** One setting of a container's configuration as a person would write it. Equal texts are the same setting. */
type Setting = string;

/** Longest part of a setting, and most members of one list: whoever makes containers writes them. */
const longest = 256;
const most = 64;

/**
 * The settings that an observation of a snapshot speaks of: of its container those of the whole, of an object its own. What a container does
 * without (no limit, no read-only file system) is a setting, too: a set can only tell what is there. Of what the image brings only the user and
 * the places of its volumes are among them.
 */
export function settingsOf(observation: Observation): readonly Setting[] {
  const { container, snapshot } = observation;
  if (container === undefined || snapshot === undefined) return [];
  const settings = snapshot.object === 'container' ? containerSettings(container) : objectSettings(observation);
  return [...new Set(settings)];
}

const containerSettings = (container: ContainerFacts): readonly Setting[] => [
  ...rightsSettings(container),
  ...confinementSettings(container),
  ...namespaceSettings(container),
  ...deviceSettings(container),
  ...limitSettings(container),
  ...named('sysctl', container.sysctls),
  ...named('env', ownVariables(container)),
  ...named(
    'network',
    container.networks?.map(({ name }) => name),
  ),
  ...valued('runtime', container.runtime),
  ...valued('cgroup_parent', container.cgroup_parent),
  ...valued('restart', container.restart_policy),
  ...valued('log', container.log?.driver),
  ...valued('log_to', container.log?.address),
];

/** Those that are the image's are of its version. */
const ownVariables = ({ env_dangerous, image }: ContainerFacts): readonly string[] =>
  (env_dangerous ?? []).filter((name) => image.env_keys?.includes(name) !== true);

function rightsSettings({
  privileged,
  caps,
  runs_as_root,
  user,
  no_new_privileges,
}: ContainerFacts): readonly Setting[] {
  const added = capabilityItems(caps?.added ?? []).map(({ id, names, shown }) =>
    names.length === 1 ? `cap_add=${bare(id)}` : `cap_add=${shown} (${names.map(bare).join(' ')})`,
  );
  const dropped = [...(caps?.dropped ?? [])].map(bare).sort().slice(0, most);
  return [
    ...flag('privileged', privileged),
    ...added,
    `cap_drop=${dropped.length === 0 ? 'nothing' : dropped.join(' ')}`,
    `user=${runs_as_root === true || user === undefined || user === '' ? 'root' : part(user)}`,
    `no_new_privileges=${no_new_privileges === true ? 'yes' : 'no'}`,
  ];
}

/** What an engine does by itself is not told: another version of it, or of the host, may call it otherwise. */
const unremarkable = new Set(['default', 'none', 'privileged', 'implied', '']);

const confinementSettings = (container: ContainerFacts): readonly Setting[] => [
  ...remarkable('seccomp', container.seccomp),
  ...remarkable('apparmor', container.apparmor),
  ...remarkable('selinux', container.selinux),
  ...flag('masked_paths_removed', container.masked_paths_removed),
  `read_only=${container.readonly_rootfs === true ? 'yes' : 'no'}`,
];

/** Those of another container are objects of their own. */
function namespaceSettings({ namespaces, userns_opted_out }: ContainerFacts): readonly Setting[] {
  if (namespaces === undefined) return [];
  const { net, ...others } = namespaces;
  const shared = Object.entries(others).filter(([, value]) => value === 'host' || value === 'shareable');
  return [
    ...(net.startsWith('container:') ? [] : valued('network_mode', net)),
    ...shared.map(([name, value]) => `${name}=${value}`),
    ...flag('userns_opted_out', userns_opted_out),
  ];
}

const deviceSettings = ({ device_cgroup_rules, device_requests }: ContainerFacts): readonly Setting[] => [
  ...named('device_rule', device_cgroup_rules),
  ...named(
    'device_request',
    device_requests?.map(({ driver, capabilities }) => `${driver} ${[...capabilities].sort().join(' ')}`.trim()),
  ),
];

/** Whether there is a limit, not how high it is. */
function limitSettings({ limits }: ContainerFacts): readonly Setting[] {
  if (limits === undefined) return [];
  const limited = (value: number): string => (value > 0 ? 'limited' : 'unlimited');
  return [
    `memory=${limited(limits.memory)}`,
    `cpus=${limited(Math.max(limits.nano_cpus, limits.cpu_quota))}`,
    `pids=${limited(limits.pids)}`,
    ...flag('oom_kill_disabled', limits.oom_kill_disabled),
    ...flag('core_unlimited', limits.core_unlimited),
    ...((limits.oom_score_adj ?? 0) < 0 ? ['oom_score_adj below 0'] : []),
  ];
}

function objectSettings({ mount, device, port, namespace_join: join }: Observation): readonly Setting[] {
  if (mount !== undefined) return [mountSetting(mount)];
  if (device !== undefined) return [`device ${part(device.path)} ${part(device.permissions)}`];
  if (port !== undefined) {
    const { host_ip, host_port, container_port, protocol } = port;
    return [`port ${host_ip}:${host_port === 0 ? 'any' : host_port} to ${container_port}/${protocol}`];
  }
  return join === undefined ? [] : [`${join.type}=container ${part(join.target.name)}`];
}

/** As it was asked for; where a link leads to today is for the rules on mounts. Volumes are told by name: the engine chooses where they are. */
function mountSetting(mount: NonNullable<Observation['mount']>): Setting {
  const { type, source, destination, rw, propagation, volume, driver, hidden_source } = mount;
  const from = volume === undefined ? source : `volume ${isAnonymous(volume) ? '<anonymous>' : volume}`;
  const of = driver === undefined || driver === '' || driver === 'local' ? '' : ` of ${part(driver)}`;
  const hidden = hidden_source === undefined ? '' : ` (${part(hidden_source)})`;
  const spread = /shared|slave/.test(propagation) ? ` ${propagation}` : '';
  const what = type === 'tmpfs' || from === '' ? type : `${part(from)}${of}${hidden}`;
  return `mount ${what} at ${part(destination)} ${rw ? 'rw' : 'ro'}${spread}`;
}

const isAnonymous = (volume: string): boolean => /^[0-9a-f]{64}$/.test(volume);
const bare = (name: string): string => name.replace(/^CAP_/, '');
const part = (text: string): string => cappedText(generalise(text), longest);
const flag = (name: string, value: boolean | undefined): readonly Setting[] => (value === true ? [name] : []);
const valued = (name: string, value: string | undefined): readonly Setting[] =>
  value === undefined || value === '' ? [] : [`${name}=${part(value)}`];
const remarkable = (name: string, value: string | undefined): readonly Setting[] =>
  value === undefined || unremarkable.has(value) ? [] : [`${name}=${value}`];
const named = (name: string, values: readonly string[] | undefined): readonly Setting[] =>
  (values ?? []).slice(0, most).map((value) => `${name}=${part(value)}`);
