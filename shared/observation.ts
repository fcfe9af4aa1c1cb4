import { MalformedError, messageOf } from './errors.ts';
import type { CreatorFacts } from './facts/creator.ts';
import type { DaemonFacts } from './facts/daemon.ts';
import type { DnsFacts } from './facts/dns.ts';
import type { FileFacts } from './facts/file.ts';
import type { ContainerImageLineage, ImageEventFacts, PredecessorFacts } from './facts/image.ts';
import type { MonitorFacts } from './facts/monitor.ts';
import type { MountRowFacts } from './facts/mount-row.ts';
import type { PluginFacts } from './facts/plugin.ts';
import type { ProcessFacts } from './facts/process.ts';
import type { ResourceFacts } from './facts/resources.ts';
import type { StopFacts } from './facts/stops.ts';

export type { DaemonFacts } from './facts/daemon.ts';
export type { MountRowFacts } from './facts/mount-row.ts';
export type { PluginFacts } from './facts/plugin.ts';
export type { ProcessFacts } from './facts/process.ts';
export type { ResourceFacts } from './facts/resources.ts';

/**
 * One normalised fact (design §2). Member names are the field list of the rule language (reference catalogue §4): `container.caps.added`
 * in a rule is exactly this path. All of it is JSON, secrets already redacted, strings as the attacker wrote them: escape on output.
 */
export interface Observation {
  /** Derived from the fact itself (shared/observation-id.ts): the same fact seen twice has the same id. */
  readonly id: string;
  readonly kind: ObservationKind;
  /** When it happened, milliseconds since the epoch. */
  readonly at: number;
  readonly event: EventFacts;
  readonly host: HostRef;
  readonly workload?: WorkloadRef;
  readonly container?: ContainerFacts;
  readonly snapshot?: SnapshotFacts;
  readonly mount?: MountFacts;
  readonly mount_row?: MountRowFacts;
  readonly device?: DeviceFacts;
  readonly port?: PortFacts;
  readonly namespace_join?: NamespaceJoinFacts;
  /** What an update or rename changed, on `container_configuration` of that cause. */
  readonly change?: ChangeFacts;
  readonly exec?: ExecFacts;
  readonly process?: ProcessFacts;
  readonly network?: NetworkFacts;
  readonly dns?: DnsFacts;
  readonly source?: EndpointFacts;
  readonly destination?: EndpointFacts;
  readonly docker?: DockerObjectFacts;
  readonly image?: ImageEventFacts;
  readonly file?: FileFacts;
  readonly daemon?: DaemonFacts;
  readonly stops?: StopFacts;
  readonly monitor?: MonitorFacts;
  readonly plugin?: PluginFacts;
  readonly resources?: ResourceFacts;
  readonly gap?: GapFacts;
  readonly heartbeat?: HeartbeatFacts;
}

export const observationKinds = [
  'container_lifecycle',
  'container_configuration',
  'exec',
  'resources',
  'connection',
  'dns',
  'process',
  'file',
  'syscall',
  'image',
  'volume',
  'network',
  'plugin',
  'daemon',
  'imported',
  'gap',
  'monitor',
  'canary',
  'heartbeat',
] as const;
export type ObservationKind = (typeof observationKinds)[number];

export interface EventFacts {
  /** Where it was learned. */
  readonly source: 'docker-event' | 'inspect' | 'exec-inspect' | 'stats' | 'procfs' | 'kernel' | 'monitor';
  /**
   * Engine verb, normalised once (`exec_start`, `create`, `connect`, `health_status`), or for snapshots why they were taken:
   * `create` | `start` | `update` | `rename` | `present` (there when a host is watched for the first time) | `resync` | `poll`.
   */
  readonly action: string;
  readonly outcome?: 'success' | 'failure' | 'unknown';
  /** Engine events only: nanoseconds since the epoch, as decimal text. */
  readonly time_nano?: string;
  /** Attribute keys that were dropped because a container label could have written them (N8). */
  readonly distrusted?: readonly string[];
  /** W3C traceparent of the span that observed it. */
  readonly traceparent?: string;
}

export interface HostRef {
  readonly id: string;
  readonly name: string;
}

export interface WorkloadRef {
  readonly id: string;
  /** `project/service` when the container claims one, else the image repository. */
  readonly name: string;
}

/** Always present: id, name, image. The rest on `container_configuration`; other kinds carry what their rules need (marked ·). */
export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly image: ImageFacts;
  /** A protected name that its own equals or nearly equals, while its image has another (EVA-05). */
  readonly impersonates?: string;
  /** · claimed by label: a hint, never a proof. */
  readonly project?: string;
  readonly service?: string;
  /** Compose container-number or swarm task slot. */
  readonly number?: string;
  /** · Config.User verbatim. */
  readonly user?: string;
  /** · N5; null when the name could not be resolved. */
  readonly user_uid?: number | null;
  /** · uid 0 if known, else whether the user is empty or spelled like root. */
  readonly runs_as_root?: boolean;
  /** · */
  readonly privileged?: boolean;
  /** · `created` | `running` | `paused` | `restarting` | `exited` | `dead` at that time, from the events. */
  readonly state?: string;
  /** · seconds since the last start at the time of the observation; absent before the first start. */
  readonly age_s?: number;
  readonly created_at?: number;
  readonly started_at?: number;
  readonly command?: readonly string[];
  /** Entrypoint and arguments joined by spaces, for contains-matching. Redacted. */
  readonly command_line?: string;
  readonly working_dir?: string;
  readonly env_keys?: readonly string[];
  /**
   * Names of variables by whose value other code or another engine is used: `LD_PRELOAD`, `LD_AUDIT`, `LD_LIBRARY_PATH` (with a directory
   * where libraries are not installed), `GLIBC_TUNABLES`, `BASH_ENV`, `NODE_OPTIONS` (that loads a module), `DOCKER_HOST` (over TCP).
   */
  readonly env_dangerous?: readonly string[];
  readonly label_keys?: readonly string[];
  /** Those of them that are names of the engine's event attributes, without what the image itself sets alike; absent when there are none (EVA-01). */
  readonly forged_attributes?: readonly string[];
  /** Who its labels say made it, where nothing else that this always leaves is there (EVA-06). */
  readonly claimed_in_vain?: 'compose' | 'swarm' | 'kubernetes';
  /** Its command or labels have characters that change what a terminal shows (EVA-10). */
  readonly control_characters?: boolean;
  readonly runtime?: string;
  readonly caps?: CapabilityFacts;
  /** `default` | `unconfined` | `permissive` | `custom` | `privileged` (off because the container is privileged). */
  readonly seccomp?: string;
  /** `default` | `unconfined` | `custom` | `none` (host has no AppArmor) | `privileged`. */
  readonly apparmor?: string;
  /** `default` | `disabled` | `spc` | `custom` | `implied` (disabled by the engine itself: privileged, host pid or ipc). */
  readonly selinux?: string;
  readonly no_new_privileges?: boolean;
  /** Masked or read-only paths fewer than the engine's default, and not because of privileged. */
  readonly masked_paths_removed?: boolean;
  readonly namespaces?: NamespaceFacts;
  /** The engine maps users, and this container asked for the host's all the same. */
  readonly userns_opted_out?: boolean;
  /** `1` | `2` | '' (the engine does not say). */
  readonly cgroup_version?: string;
  readonly readonly_rootfs?: boolean;
  /** Classes of the devices that were handed in (DeviceFacts.class), each once. */
  readonly device_classes?: readonly string[];
  readonly device_cgroup_rules?: readonly string[];
  /** A rule opens all block devices, a disk major, or char 1:1, 1:2, 1:4. */
  readonly device_cgroup_dangerous?: boolean;
  readonly device_requests?: readonly { readonly driver: string; readonly capabilities: readonly string[] }[];
  /** Of its mounts, the worst MountFacts.severity; absent when none has one. */
  readonly mounts_severity?: MountFacts['severity'];
  readonly sysctls?: readonly string[];
  readonly cgroup_parent?: string;
  readonly restart_policy?: string;
  readonly auto_remove?: boolean;
  readonly networks?: readonly {
    readonly name: string;
    readonly id: string;
    readonly internal?: boolean;
    readonly driver?: string;
  }[];
  readonly limits?: LimitFacts;
  readonly log?: LogFacts;
  /** Destinations of HostConfig.Tmpfs; absent when there are none. */
  readonly tmpfs?: readonly string[];
  /** HostConfig.ExtraHosts as `name:address`, in lower case. */
  readonly extra_hosts?: readonly string[];
  readonly healthcheck?: readonly string[];
  /** Config.ExposedPorts, the image's and those that are published: `80/tcp`. */
  readonly exposed_ports?: readonly string[];
  /** On create, where it was probably another container that asked for it. */
  readonly creator?: CreatorFacts;
  /** SHA-256 over the canonical HostConfig and the security-relevant part of Config (N9). */
  readonly config_hash?: string;
  /** On create, where this host had a container of that name before. */
  readonly predecessor?: PredecessorFacts;
}

/** What the collector remembers of the name (moved, registry_new) is told with the configuration alone, and is no part of its hash. */
export interface ImageFacts extends ContainerImageLineage {
  /** Config.Image as written. */
  readonly name: string;
  /** Image id (config or manifest digest). */
  readonly id: string;
  readonly registry: string;
  /** `registry/path` without tag and digest; docker.io/library spelled out. */
  readonly repository: string;
  readonly tag?: string;
  readonly digests?: readonly string[];
  readonly working_dir?: string;
  readonly on_build?: readonly string[];
  /** Names of the variables that the image itself sets. */
  readonly env_keys?: readonly string[];
}

export interface CapabilityFacts {
  /** CapAdd, canonical `CAP_X`, ALL expanded. */
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  /** N3. */
  readonly effective: readonly string[];
  /** CFG-02: nearly all capabilities, or three of the dangerous ones, without the privileged flag. */
  readonly near_privileged: boolean;
}

/** `host` | `private` | `shareable` | `none` | `container:<id>` | '' (engine default). */
export interface NamespaceFacts {
  readonly pid: string;
  readonly net: string;
  readonly ipc: string;
  readonly uts: string;
  readonly user: string;
  readonly cgroup: string;
}

/** As configured; 0 or absent = no limit, -1 = unlimited. */
export interface LimitFacts {
  readonly memory: number;
  readonly memory_swap: number;
  readonly nano_cpus: number;
  readonly cpu_quota: number;
  readonly pids: number;
  readonly oom_kill_disabled?: boolean;
  /** Below 0: the kernel kills others first when memory runs out. */
  readonly oom_score_adj?: number;
  /** The soft limit of core dumps is none. */
  readonly core_unlimited?: boolean;
}

export interface LogFacts {
  /** '' when the engine does not say. */
  readonly driver: string;
  /** Host that the driver sends to; absent when it is a file or a socket of this host. */
  readonly address?: string;
  /** It is a public address or a name of the public DNS. */
  readonly foreign: boolean;
}

/** One snapshot is one observation for the container and one per object; each names the whole. */
export interface SnapshotFacts {
  /** Same for all observations of one snapshot. */
  readonly id: string;
  /** Key of the object that this observation speaks of: `container`, `mount:<destination>`, `device:<path in container>`, … */
  readonly object: string;
  /** Keys of all objects in the snapshot, `container` first; what is missing here is gone. */
  readonly objects: readonly string[];
  /** Content hash of the configuration facts. */
  readonly hash: string;
}

export interface MountFacts {
  readonly type: string;
  /** Verbatim. */
  readonly source: string;
  /** N1: real path on the host; the cleaned path when `resolved` is false. */
  readonly source_real: string;
  /** Whether the host's file system could be asked. */
  readonly resolved: boolean;
  readonly destination: string;
  readonly rw: boolean;
  readonly propagation: string;
  readonly volume?: string;
  readonly driver?: string;
  /** It is a runtime API socket, by path or by inode. */
  readonly is_runtime_socket: boolean;
  /** It is one by inode while its name is another (MNT-03). */
  readonly socket_alias: boolean;
  /** Which socket it is or covers. */
  readonly socket?: string;
  /** A directory above a runtime socket (MNT-02). */
  readonly covers_socket: boolean;
  readonly is_socket: boolean;
  readonly is_file: boolean;
  /** A bind mount in a runtime's data or state directory, or above one (MNT-11). */
  readonly engine_data: boolean;
  /** A bind mount in Moorwatch's own state, configuration or rules (MNT-18); known where it runs on the host itself. */
  readonly monitor_data: boolean;
  /** Severity of the worst row MNT-* that it meets; absent when it meets none. */
  readonly severity?: 'informational' | 'low' | 'medium' | 'high' | 'critical';
  /** N2: host path behind a volume's driver options, resolved as source_real. */
  readonly hidden_source?: string;
  /** Severity of a hidden host path (MNT-06): that of the row the path would trip, one higher. */
  readonly hidden_severity?: 'informational' | 'low' | 'medium' | 'high' | 'critical';
  /** File system type behind it where known (proc, sysfs, cgroup, …). */
  readonly fstype?: string;
  /** Container whose volume it is, when inherited by volumes-from. */
  readonly inherited_from?: string;
}

export interface DeviceFacts {
  readonly path: string;
  readonly path_in_container: string;
  readonly permissions: string;
  readonly type?: 'block' | 'char';
  readonly major?: number;
  readonly minor?: number;
  readonly resolved: boolean;
  /** `disk` | `mem` | `kmem` | `port` | `loop-control` | `mapper` | `vhost` | `kvm` | `snd` | `dri` | `fuse` | `tun` | `kmsg` | `other`. */
  readonly class: string;
}

export interface PortFacts {
  readonly container_port: number;
  readonly protocol: string;
  readonly host_ip: string;
  readonly host_port: number;
}

export interface NamespaceJoinFacts {
  readonly type: 'pid' | 'net' | 'ipc';
  readonly target: { readonly id: string; readonly name: string; readonly image: string; readonly project?: string };
  readonly target_more_privileged: boolean;
  /** The two claim different compose projects, or one claims one and the other none. */
  readonly other_project: boolean;
}

export interface ChangeFacts {
  /** Names of facts that got wider: `memory`, `memory_swap`, `cpus`, `pids`, `restart_policy`. */
  readonly raised: readonly string[];
  /** One sentence for people: `restart policy no → always, memory 32 MiB → 512 MiB`. */
  readonly text: string;
}

export interface ExecFacts {
  readonly id: string;
  readonly args: readonly string[];
  /** Arguments joined by spaces, for contains-matching. Redacted. */
  readonly command: string;
  /** Where the arguments come from: the exec's inspect, or the ambiguous event text when it was gone. */
  readonly resolved: boolean;
  readonly user?: string;
  readonly uid?: number | null;
  readonly privileged?: boolean;
  readonly tty?: boolean;
  readonly open_stdin?: boolean;
  readonly pid?: number;
  readonly exit_code?: number;
  /** Argv, user, tty and privileged are exactly the container's health check (B01). */
  readonly is_healthcheck: boolean;
  /** First argument is a shell, by base name. */
  readonly is_shell: boolean;
  /** The arguments have characters that change what a terminal shows (EVA-10). */
  readonly control_characters?: boolean;
  /** On `exec_start`, where it was probably a container that asked for it. */
  readonly creator?: CreatorFacts;
}

export interface NetworkFacts {
  readonly direction?: 'egress' | 'ingress' | 'listen';
  readonly transport?: 'tcp' | 'udp' | 'unix';
  readonly state?: string;
  readonly socket_inode?: string;
  /** `listen`: the container's configuration names the port (EXPOSE, `--expose`, `--publish`). */
  readonly exposed?: boolean;
  /**
   * `listen`, `egress`: nobody listened there, nothing was connected to there, since the collector watches this network namespace. False for
   * what was there at the first look.
   */
  readonly first_time?: boolean;
  /** `egress`: every network that the container is attached to is internal. */
  readonly internal_only?: boolean;
  /** `unix`: where the server listens, as it wrote it: on the host, whatever the mount in the container is called. `@…`: abstract. */
  readonly unix_path?: string;
  /** `unix`: a container runtime's: `api` of the engine or of containerd, podman, …; `shim` of the one that keeps a container. */
  readonly runtime_socket?: 'api' | 'shim';
  /** `unix`: connections of the same program to the same path that were not told since the last that was. */
  readonly untold?: number;
  /** `network` observations: the Docker network. */
  readonly name?: string;
  readonly id?: string;
  readonly internal?: boolean;
}

export interface EndpointFacts {
  readonly ip: string;
  readonly port: number;
  readonly domain?: string;
  /** `loopback` | `private` | `link-local` | `public` | `multicast`. */
  readonly scope?: string;
  readonly container_id?: string;
  /** That container claims the same compose project. */
  readonly same_project?: boolean;
  /** An address of the host, the gateway of a container's network among them. */
  readonly is_host?: boolean;
}

export interface DockerObjectFacts {
  /** `container` | `image` | `volume` | `network` | `plugin` | `daemon` | … */
  readonly type: string;
  readonly id: string;
  readonly name?: string;
  readonly scope?: string;
  /** A container that was just made, and was gone when it was asked about (EVA-08). */
  readonly gone?: boolean;
  /** After N8. */
  readonly attributes?: Readonly<Record<string, string>>;
  readonly rename?: {
    readonly from: string;
    readonly to: string /** A protected name that the new one equals or resembles. */;
    readonly resembles?: string;
    /** The image of the container does not have that name in its own (EVA-05). */
    readonly foreign?: boolean;
  };
}

export interface GapFacts {
  /** Blind from–to, milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly reason:
    | 'events-evicted'
    | 'engine-unreachable'
    | 'engine-restarted'
    | 'collector-stopped'
    | 'queue-full'
    | 'spool-expired'
    | 'spool-damaged'
    | 'log-retention'
    | 'heartbeat-silent'
    | 'unknown-container'
    | 'unlisted-container'
    | 'sensor-failed'
    | 'too-many-processes'
    | 'diff-unreadable'
    | 'reads-given-up'
    | 'too-many-mounts'
    | 'too-many-queries';
  /** What may be missing: `events`, `containers`, `connections`, `dns`, `processes`, `resources`, `exec`, `files`, `mounts`. */
  readonly scope: readonly string[];
  /** Events known to be lost, where the number can be known. */
  readonly lost?: number;
  readonly text: string;
}

export interface HeartbeatFacts {
  readonly sequence: number;
  /** Sensor name → `running` | `unavailable` | `failed`. */
  readonly sensors: Readonly<Record<string, string>>;
  readonly stopping?: boolean;
}

/** Text of an observation on the bus. */
export const encodeObservation = (observation: Observation): string => JSON.stringify(observation);

/** Reads an observation from the bus; throws MalformedError naming what is wrong with it. */
export function decodeObservation(text: string | null, place: string): Observation {
  const value = parseJson(text, place);
  if (!isRecord(value)) throw new MalformedError('an observation is a JSON object', { place });
  const wrong = whatIsWrong(value);
  if (wrong !== undefined) throw new MalformedError(wrong, { place });
  // Checked above as far as any reader relies on without a look of its own; the rest of the members are optional.
  return value as unknown as Observation;
}

function whatIsWrong(value: Record<string, unknown>): string | undefined {
  if (typeof value.id !== 'string' || value.id === '') return 'observation has no id';
  if (typeof value.kind !== 'string' || !kinds.has(value.kind))
    return `observation kind ${JSON.stringify(value.kind)} is not known`;
  if (typeof value.at !== 'number' || !Number.isFinite(value.at)) return 'observation has no time `at`';
  if (!isRecord(value.event) || typeof value.event.action !== 'string') return 'observation has no event.action';
  if (!isRecord(value.host) || typeof value.host.id !== 'string') return 'observation has no host.id';
  const container = value.container;
  if (container === undefined) return undefined;
  if (!isRecord(container) || typeof container.id !== 'string' || !isRecord(container.image)) {
    return 'observation.container lacks id or image';
  }
  return undefined;
}

const kinds: ReadonlySet<string> = new Set(observationKinds);

function parseJson(text: string | null, place: string): unknown {
  if (text === null) throw new MalformedError('record has no value', { place });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MalformedError(`not JSON: ${messageOf(error)}`, { place, cause: error });
  }
}

/** A plain object, as JSON gives. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
