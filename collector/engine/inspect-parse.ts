import { MalformedError } from '../../shared/errors.ts';
import { isRecord } from '../../shared/observation.ts';
import type {
  ContainerInspect,
  EngineInfo,
  EngineVersion,
  ExecInspect,
  ImageInspect,
  PluginInspect,
  VolumeInspect,
} from './inspect-types.ts';

/**
 * Readers of what the engine answers: a member may be missing or null and there may be others, but one that is read has the type
 * that inspect-types.ts says. @throws MalformedError naming the member.
 */
export function parseContainerInspect(body: unknown, place: string): ContainerInspect {
  container(body, { place, member: '' });
  if (!isRecord(body) || typeof body.Id !== 'string' || body.Id === '') throw wrong({ place, member: 'Id' }, 'missing');
  // Every member that is read was checked above.
  return body as unknown as ContainerInspect;
}

export function parseExecInspect(body: unknown, place: string): ExecInspect {
  exec(body, { place, member: '' });
  return (body ?? {}) as ExecInspect;
}

export function parseImageInspect(body: unknown, place: string): ImageInspect {
  image(body, { place, member: '' });
  return (body ?? {}) as ImageInspect;
}

export function parseVolumeInspect(body: unknown, place: string): VolumeInspect {
  volume(body, { place, member: '' });
  return (body ?? {}) as VolumeInspect;
}

export function parsePluginInspect(body: unknown, place: string): PluginInspect {
  plugin(body, { place, member: '' });
  return (body ?? {}) as PluginInspect;
}

export function parseEngineInfo(body: unknown, place: string): EngineInfo {
  engineInfo(body, { place, member: '' });
  return (body ?? {}) as EngineInfo;
}

export function parseEngineVersion(body: unknown, place: string): EngineVersion {
  engineVersion(body, { place, member: '' });
  return (body ?? {}) as EngineVersion;
}

interface At {
  readonly place: string;
  readonly member: string;
}
type Shape = (value: unknown, at: At) => void;

const wrong = ({ place, member }: At, what: string): MalformedError =>
  new MalformedError(`${member === '' ? 'the answer' : member} is ${what}`, { place });

const absent = (value: unknown): boolean => value === undefined || value === null;

function kindOf(value: unknown): string {
  return Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

const scalar =
  (type: 'string' | 'number' | 'boolean'): Shape =>
  (value, at) => {
    if (!absent(value) && typeof value !== type) throw wrong(at, `${kindOf(value)}, not a ${type}`);
  };
const text = scalar('string');
const number = scalar('number');
const flag = scalar('boolean');

const list =
  (item: Shape): Shape =>
  (value, at) => {
    if (absent(value)) return;
    if (!Array.isArray(value)) throw wrong(at, `${kindOf(value)}, not a list`);
    for (const [index, entry] of value.entries()) {
      const member = `${at.member}[${index}]`;
      if (absent(entry)) throw wrong({ ...at, member }, 'null');
      item(entry, { ...at, member });
    }
  };

const map =
  (item: Shape): Shape =>
  (value, at) => {
    if (absent(value)) return;
    if (!isRecord(value)) throw wrong(at, `${kindOf(value)}, not an object`);
    for (const [name, entry] of Object.entries(value)) item(entry, { ...at, member: `${at.member}.${name}` });
  };

const object =
  (members: Readonly<Record<string, Shape>>): Shape =>
  (value, at) => {
    if (absent(value)) return;
    if (!isRecord(value)) throw wrong(at, `${kindOf(value)}, not an object`);
    for (const [name, shape] of Object.entries(members))
      shape(value[name], { ...at, member: at.member === '' ? name : `${at.member}.${name}` });
  };

const either =
  (one: Shape, other: Shape): Shape =>
  (value, at) =>
    Array.isArray(value) ? one(value, at) : other(value, at);

const texts = list(text);
const named = (shape: Shape, ...names: readonly string[]): Readonly<Record<string, Shape>> =>
  Object.fromEntries(names.map((name) => [name, shape]));

const runConfig = {
  ...named(text, 'User', 'Image', 'WorkingDir'),
  ...named(texts, 'Env', 'Cmd', 'OnBuild'),
  Entrypoint: either(texts, text),
  Labels: map(text),
  Healthcheck: object({ Test: texts }),
};

const mountRequest = object({
  ...named(text, 'Type', 'Source', 'Target'),
  ReadOnly: flag,
  BindOptions: object({ Propagation: text }),
  VolumeOptions: object({ DriverConfig: object({ Name: text, Options: map(text) }) }),
});

const hostConfig = object({
  ...named(flag, 'Privileged', 'ReadonlyRootfs', 'AutoRemove', 'OomKillDisable'),
  ...named(
    texts,
    'CapAdd',
    'CapDrop',
    'SecurityOpt',
    'MaskedPaths',
    'ReadonlyPaths',
    'Binds',
    'VolumesFrom',
    'ExtraHosts',
  ),
  ...named(
    text,
    'PidMode',
    'NetworkMode',
    'IpcMode',
    'UTSMode',
    'UsernsMode',
    'CgroupnsMode',
    'CgroupParent',
    'Runtime',
  ),
  ...named(number, 'Memory', 'MemorySwap', 'NanoCpus', 'CpuQuota', 'CpuPeriod', 'PidsLimit', 'OomScoreAdj'),
  Mounts: list(mountRequest),
  Devices: list(object(named(text, 'PathOnHost', 'PathInContainer', 'CgroupPermissions'))),
  DeviceCgroupRules: texts,
  DeviceRequests: list(object({ Driver: text, Capabilities: list(texts) })),
  PortBindings: map(list(object(named(text, 'HostIp', 'HostPort')))),
  Sysctls: map(text),
  Tmpfs: map(text),
  Ulimits: list(object({ Name: text, ...named(number, 'Soft', 'Hard') })),
  LogConfig: object({ Type: text, Config: map(text) }),
  RestartPolicy: object({ Name: text, MaximumRetryCount: number }),
});

const container = object({
  ...named(text, 'Name', 'Created', 'Path', 'Image', 'AppArmorProfile'),
  ...named(texts, 'Args', 'ExecIDs'),
  GraphDriver: object({ Name: text, Data: map(text) }),
  State: object({ ...named(text, 'Status', 'StartedAt', 'FinishedAt'), Running: flag, Pid: number }),
  Config: object(runConfig),
  HostConfig: hostConfig,
  Mounts: list(
    object({ ...named(text, 'Type', 'Name', 'Source', 'Destination', 'Driver', 'Mode', 'Propagation'), RW: flag }),
  ),
  NetworkSettings: object({ Networks: map(object(named(text, 'NetworkID', 'IPAddress'))) }),
});

const exec = object({
  ...named(text, 'ID', 'ContainerID'),
  ...named(flag, 'Running', 'OpenStdin'),
  ...named(number, 'ExitCode', 'Pid'),
  ProcessConfig: object({
    ...named(flag, 'tty', 'privileged'),
    ...named(text, 'user', 'entrypoint'),
    arguments: texts,
  }),
});

const image = object({ Id: text, ...named(texts, 'RepoTags', 'RepoDigests'), Config: object(runConfig) });
const volume = object({ ...named(text, 'Name', 'Driver', 'Mountpoint'), Options: map(text) });

const plugin = object({
  ...named(text, 'Id', 'Name'),
  Enabled: flag,
  Config: object({
    Linux: object({ Capabilities: texts, AllowAllDevices: flag }),
    Network: object({ Type: text }),
    ...named(flag, 'PidHost', 'IpcHost'),
  }),
  Settings: object({ Mounts: list(object(named(text, 'Source', 'Type'))), Devices: list(object({ Path: text })) }),
});

/** What the sensor `daemon` reads of it. */
const engineInfo = object({
  ...named(text, 'ServerVersion', 'CgroupVersion', 'DefaultRuntime'),
  ...named(texts, 'SecurityOptions', 'Warnings'),
  ...named(flag, 'Debug', 'ExperimentalBuild', 'LiveRestoreEnabled'),
  Plugins: object({ Authorization: texts }),
  RegistryConfig: object({
    ...named(texts, 'InsecureRegistryCIDRs', 'Mirrors'),
    IndexConfigs: map(object({ Secure: flag })),
  }),
});

const engineVersion = object({
  ...named(text, 'Version', 'ApiVersion'),
  Platform: object({ Name: text }),
  Components: list(object({ ...named(text, 'Name', 'Version'), Details: object({ GitCommit: text }) })),
});
