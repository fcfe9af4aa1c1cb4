/**
 * What the engine answers, as far as it is read: every member may be missing or null, because engines of many versions, podman and proxies
 * answer. Member names are the Engine API's.
 */
export interface ContainerInspect {
  readonly Id: string;
  readonly Name?: string;
  readonly Created?: string;
  readonly Path?: string;
  readonly Args?: readonly string[] | null;
  readonly Image?: string;
  readonly ExecIDs?: readonly string[] | null;
  readonly AppArmorProfile?: string;
  /** Where the engine keeps the container's files; what is in `Data` depends on the driver. */
  readonly GraphDriver?: { readonly Name?: string; readonly Data?: Readonly<Record<string, string>> | null } | null;
  readonly State?: {
    readonly Status?: string;
    readonly Running?: boolean;
    readonly Pid?: number;
    readonly StartedAt?: string;
    readonly FinishedAt?: string;
  };
  readonly Config?: {
    readonly User?: string;
    readonly Env?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | string | null;
    readonly Image?: string;
    readonly WorkingDir?: string;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  };
  readonly HostConfig?: HostConfig;
  readonly Mounts?: readonly MountPoint[] | null;
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<
      Record<string, { readonly NetworkID?: string; readonly IPAddress?: string } | null>
    > | null;
  };
}

export interface HostConfig {
  readonly Privileged?: boolean;
  readonly CapAdd?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly SecurityOpt?: readonly string[] | null;
  readonly MaskedPaths?: readonly string[] | null;
  readonly ReadonlyPaths?: readonly string[] | null;
  readonly PidMode?: string;
  readonly NetworkMode?: string;
  readonly IpcMode?: string;
  readonly UTSMode?: string;
  readonly UsernsMode?: string;
  readonly CgroupnsMode?: string;
  readonly CgroupParent?: string;
  readonly Runtime?: string;
  readonly ReadonlyRootfs?: boolean;
  readonly AutoRemove?: boolean;
  readonly Binds?: readonly string[] | null;
  readonly VolumesFrom?: readonly string[] | null;
  readonly Mounts?: readonly MountRequest[] | null;
  readonly Devices?:
    | readonly {
        readonly PathOnHost?: string;
        readonly PathInContainer?: string;
        readonly CgroupPermissions?: string;
      }[]
    | null;
  readonly DeviceCgroupRules?: readonly string[] | null;
  readonly DeviceRequests?:
    | readonly { readonly Driver?: string; readonly Capabilities?: readonly (readonly string[])[] | null }[]
    | null;
  readonly PortBindings?: Readonly<
    Record<string, readonly { readonly HostIp?: string; readonly HostPort?: string }[] | null>
  > | null;
  readonly Sysctls?: Readonly<Record<string, string>> | null;
  readonly RestartPolicy?: { readonly Name?: string; readonly MaximumRetryCount?: number };
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly NanoCpus?: number;
  readonly CpuQuota?: number;
  readonly CpuPeriod?: number;
  readonly PidsLimit?: number | null;
  readonly OomKillDisable?: boolean | null;
  readonly OomScoreAdj?: number;
  readonly Ulimits?: readonly { readonly Name?: string; readonly Soft?: number; readonly Hard?: number }[] | null;
  readonly LogConfig?: { readonly Type?: string; readonly Config?: Readonly<Record<string, string>> | null } | null;
  readonly Tmpfs?: Readonly<Record<string, string>> | null;
  readonly ExtraHosts?: readonly string[] | null;
}

export interface MountPoint {
  readonly Type?: string;
  readonly Name?: string;
  readonly Source?: string;
  readonly Destination?: string;
  readonly Driver?: string;
  readonly Mode?: string;
  readonly RW?: boolean;
  readonly Propagation?: string;
}

export interface MountRequest {
  readonly Type?: string;
  readonly Source?: string;
  readonly Target?: string;
  readonly ReadOnly?: boolean;
  readonly BindOptions?: { readonly Propagation?: string } | null;
  readonly VolumeOptions?: {
    readonly DriverConfig?: {
      readonly Name?: string;
      readonly Options?: Readonly<Record<string, string>> | null;
    } | null;
  } | null;
}

export interface ExecInspect {
  readonly ID?: string;
  readonly Running?: boolean;
  readonly ExitCode?: number | null;
  readonly Pid?: number;
  readonly ContainerID?: string;
  readonly OpenStdin?: boolean;
  readonly ProcessConfig?: {
    readonly tty?: boolean;
    readonly privileged?: boolean;
    readonly user?: string;
    readonly entrypoint?: string;
    readonly arguments?: readonly string[] | null;
  };
}

export interface ImageInspect {
  readonly Id?: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Config?: {
    readonly WorkingDir?: string;
    readonly OnBuild?: readonly string[] | null;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly User?: string;
    readonly Env?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | string | null;
    readonly Healthcheck?: { readonly Test?: readonly string[] | null } | null;
  } | null;
}

export interface ImageListItem {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
}

/** One entry of a container's diff. `Kind`: 0 changed, 1 added, 2 deleted. */
export interface ChangeItem {
  readonly Path: string;
  readonly Kind: number;
}

export interface VolumeInspect {
  readonly Name?: string;
  readonly Driver?: string;
  readonly Mountpoint?: string;
  readonly Options?: Readonly<Record<string, string>> | null;
}

export interface NetworkInspect {
  readonly Id?: string;
  readonly Name?: string;
  readonly Internal?: boolean;
  readonly Driver?: string;
}

export interface EngineInfo {
  readonly ID?: string;
  readonly Name?: string;
  readonly DockerRootDir?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
  readonly NCPU?: number;
  readonly KernelVersion?: string;
  readonly ServerVersion?: string;
  /** Podman alone has it. */
  readonly BuildahVersion?: string;
  readonly Debug?: boolean;
  readonly ExperimentalBuild?: boolean;
  readonly LiveRestoreEnabled?: boolean;
  readonly DefaultRuntime?: string;
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
  readonly Warnings?: readonly string[] | null;
  readonly Plugins?: { readonly Authorization?: readonly string[] | null } | null;
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: readonly string[] | null;
    readonly IndexConfigs?: Readonly<Record<string, { readonly Secure?: boolean } | null>> | null;
    readonly Mirrors?: readonly string[] | null;
  } | null;
}

export interface EngineVersion {
  readonly Version?: string;
  readonly ApiVersion?: string;
  readonly Platform?: { readonly Name?: string } | null;
  readonly Components?:
    | readonly {
        readonly Name?: string;
        readonly Version?: string;
        readonly Details?: { readonly GitCommit?: string } | null;
      }[]
    | null;
}

export interface PluginInspect {
  readonly Id?: string;
  readonly Name?: string;
  readonly Enabled?: boolean;
  readonly Config?: {
    readonly Linux?: {
      readonly Capabilities?: readonly string[] | null;
      readonly AllowAllDevices?: boolean;
    } | null;
    readonly Network?: { readonly Type?: string } | null;
    readonly PidHost?: boolean;
    readonly IpcHost?: boolean;
  } | null;
  /** As they are now: a user may have set them. */
  readonly Settings?: {
    readonly Mounts?: readonly { readonly Source?: string | null; readonly Type?: string }[] | null;
    readonly Devices?: readonly { readonly Path?: string | null }[] | null;
  } | null;
}

export interface ContainerListItem {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly State?: string;
}

/** Counters of one interface since the container began. */
export interface InterfaceStats {
  readonly rx_bytes?: number;
  readonly tx_bytes?: number;
  readonly rx_packets?: number;
  readonly tx_packets?: number;
}

/** One-shot statistics. */
export interface StatsBody {
  readonly read?: string;
  readonly cpu_stats?: {
    readonly cpu_usage?: { readonly total_usage?: number };
    readonly system_cpu_usage?: number;
    readonly online_cpus?: number;
  };
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    readonly stats?: Readonly<Record<string, number>> | null;
  };
  readonly pids_stats?: { readonly current?: number };
  readonly networks?: Readonly<Record<string, InterfaceStats>> | null;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op?: string; readonly value?: number }[] | null;
  };
}
