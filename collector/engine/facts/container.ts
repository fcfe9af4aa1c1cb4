import { cleanPath } from '../../../shared/clean-path.ts';
import type { ContainerFacts, LimitFacts, NamespaceFacts } from '../../../shared/observation.ts';
import type { ContainerInspect, EngineInfo, HostConfig, ImageInspect } from '../inspect-types.ts';
import { capabilityFacts } from './capabilities.ts';
import { claimedInVain } from './claims.ts';
import { configHash } from './config-hash.ts';
import { hasControlCharacters } from './control-characters.ts';
import { isDangerousRule } from './device.ts';
import { dangerousVariables } from './env.ts';
import { forgedAttributes } from './event-attributes.ts';
import { imageFacts } from './image.ts';
import { logFacts } from './log.ts';
import { impersonatedName } from './names.ts';
import { securityFacts } from './security.ts';
import { isRoot, userId } from './user.ts';

export interface ContainerContext {
  readonly info: EngineInfo;
  readonly image: ImageInspect | undefined;
  /** The container's /etc/passwd; null when it cannot be read (not running, no /proc). */
  readonly passwd: string | null;
  /** Network id → what the engine says of it. */
  readonly networks: ReadonlyMap<string, NetworkTraits>;
  /** Container id → name, of those whose namespaces it joins. */
  readonly joined: ReadonlyMap<string, string>;
}

/** Absent: not known. */
export interface NetworkTraits {
  readonly internal?: boolean;
  readonly driver?: string;
}

/** All facts of a container's configuration (catalogue §4, container.*). Pure: the same inspect and answers give the same facts. */
export function containerFacts(inspect: ContainerInspect, context: ContainerContext): ContainerFacts {
  const { Config, HostConfig: host = {}, State } = inspect;
  const labels = Config?.Labels ?? {};
  const uid = userId(Config?.User, context.passwd);
  const name = (inspect.Name ?? '').replace(/^\//, '');
  const image = imageFacts(inspect, context.image);
  const impersonates = impersonatedName(name, image.repository);
  const forged = forgedAttributes(labels, context.image?.Config?.Labels ?? {});
  const vain = claimedInVain(labels, Object.keys(inspect.NetworkSettings?.Networks ?? {}));
  const command = [...(inspect.Path ? [inspect.Path] : []), ...(inspect.Args ?? [])];
  return {
    id: inspect.Id,
    name,
    image,
    ...(impersonates === undefined ? {} : { impersonates }),
    ...claims(labels),
    user: Config?.User ?? '',
    user_uid: uid,
    runs_as_root: isRoot(uid),
    privileged: host.Privileged === true,
    ...(State?.Status === undefined ? {} : { state: State.Status }),
    ...times(inspect),
    command,
    command_line: command.join(' '),
    working_dir: Config?.WorkingDir ?? '',
    env_keys: (Config?.Env ?? []).map((entry) => entry.split('=')[0] ?? '').sort(),
    env_dangerous: dangerousVariables(Config?.Env ?? []),
    label_keys: Object.keys(labels).sort(),
    ...(forged.length === 0 ? {} : { forged_attributes: forged }),
    ...(vain === undefined ? {} : { claimed_in_vain: vain }),
    ...([...command, ...Object.entries(labels).flat()].some(hasControlCharacters) ? { control_characters: true } : {}),
    runtime: host.Runtime ?? '',
    caps: capabilityFacts(host),
    ...securityFacts(inspect, context.info),
    namespaces: namespaces(host),
    userns_opted_out: host.UsernsMode === 'host' && mapsUsers(context.info),
    cgroup_version: context.info.CgroupVersion ?? '',
    readonly_rootfs: host.ReadonlyRootfs === true,
    device_cgroup_rules: host.DeviceCgroupRules ?? [],
    device_cgroup_dangerous: (host.DeviceCgroupRules ?? []).some(isDangerousRule),
    device_requests: (host.DeviceRequests ?? []).map(({ Driver, Capabilities }) => ({
      driver: Driver ?? '',
      capabilities: (Capabilities ?? []).flat(),
    })),
    sysctls: Object.keys(host.Sysctls ?? {}).sort(),
    cgroup_parent: host.CgroupParent ?? '',
    restart_policy: host.RestartPolicy?.Name || 'no',
    auto_remove: host.AutoRemove === true,
    networks: networks(inspect, context.networks),
    limits: limits(host),
    log: logFacts(host.LogConfig),
    ...(host.Tmpfs ? { tmpfs: Object.keys(host.Tmpfs).map(cleanPath).sort() } : {}),
    extra_hosts: (host.ExtraHosts ?? []).map((entry) => entry.toLowerCase()),
    healthcheck: Config?.Healthcheck?.Test ?? [],
    exposed_ports: Object.keys(Config?.ExposedPorts ?? {}).sort(),
    config_hash: configHash(inspect, { image: context.image, names: context.joined }),
  };
}

/** What observations of other kinds carry of a container: who it is, and what their rules ask about. */
export function summarize(container: ContainerFacts): ContainerFacts {
  const {
    id,
    name,
    image,
    project,
    service,
    number,
    user,
    user_uid,
    runs_as_root,
    privileged,
    state,
    started_at,
    config_hash,
  } = container;
  const { digests: _digests, on_build: _onBuild, env_keys: _envKeys, ...imageSummary } = image;
  const rest = { project, service, number, user, user_uid, runs_as_root, privileged, state, started_at, config_hash };
  return {
    id,
    name,
    image: imageSummary,
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as Partial<ContainerFacts>),
  };
}

/** Compose and swarm labels: hints that whoever made the container wrote. */
export function claims(
  labels: Readonly<Record<string, string>>,
): Pick<ContainerFacts, 'project' | 'service' | 'number'> {
  const project = labels['com.docker.compose.project'] ?? labels['com.docker.stack.namespace'];
  const service = labels['com.docker.compose.service'] ?? labels['com.docker.swarm.service.name'];
  const task = labels['com.docker.swarm.task.name'];
  const number = labels['com.docker.compose.container-number'] ?? task?.split('.').at(-2);
  return { ...(project && { project }), ...(service && { service }), ...(number && { number }) };
}

function times({ Created, State }: ContainerInspect): Pick<ContainerFacts, 'created_at' | 'started_at'> {
  const created = Date.parse(Created ?? '');
  const started = Date.parse(State?.StartedAt ?? '');
  // Go's zero time stands for "never".
  return { ...(created > 0 ? { created_at: created } : {}), ...(started > 0 ? { started_at: started } : {}) };
}

const mapsUsers = ({ SecurityOptions }: EngineInfo): boolean =>
  (SecurityOptions ?? []).some((option) => option.includes('name=userns'));

function namespaces(host: HostConfig): NamespaceFacts {
  const network = host.NetworkMode ?? '';
  const shared = network === 'host' || network === 'none' || network.startsWith('container:');
  return {
    pid: host.PidMode ?? '',
    net: shared ? network : 'private',
    ipc: host.IpcMode ?? '',
    uts: host.UTSMode ?? '',
    user: host.UsernsMode ?? '',
    cgroup: host.CgroupnsMode ?? '',
  };
}

function networks(
  inspect: ContainerInspect,
  known: ReadonlyMap<string, NetworkTraits>,
): NonNullable<ContainerFacts['networks']> {
  return Object.entries(inspect.NetworkSettings?.Networks ?? {}).map(([name, network]) => {
    const id = network?.NetworkID ?? '';
    return { name, id, ...known.get(id) };
  });
}

/** A quota is told for the usual period of 100 ms: the same quota of a shorter one is a larger share. */
const usualPeriodUs = 100_000;

const limits = (host: HostConfig): LimitFacts => ({
  memory: host.Memory ?? 0,
  memory_swap: host.MemorySwap ?? 0,
  nano_cpus: host.NanoCpus ?? 0,
  cpu_quota: Math.round(((host.CpuQuota ?? 0) * usualPeriodUs) / (host.CpuPeriod || usualPeriodUs)),
  pids: host.PidsLimit ?? 0,
  oom_kill_disabled: host.OomKillDisable === true,
  oom_score_adj: host.OomScoreAdj ?? 0,
  core_unlimited: (host.Ulimits ?? []).some(({ Name, Soft }) => Name?.toLowerCase() === 'core' && Soft === -1),
});
