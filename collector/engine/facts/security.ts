import { isRecord } from '../../../shared/observation.ts';
import type { ContainerInspect, EngineInfo, HostConfig } from '../inspect-types.ts';

export interface SecurityFacts {
  readonly seccomp: string;
  readonly apparmor: string;
  readonly selinux: string;
  readonly no_new_privileges: boolean;
  readonly masked_paths_removed: boolean;
}

/** N4: security options in both spellings (`seccomp=x`, `seccomp:x`) and the LSM state behind them. */
export function securityFacts(inspect: ContainerInspect, info: EngineInfo): SecurityFacts {
  const host = inspect.HostConfig ?? {};
  const options = (host.SecurityOpt ?? []).map(splitOption);
  const privileged = host.Privileged === true;
  return {
    seccomp: seccompOf(options, privileged),
    apparmor: apparmorOf(options, { privileged, profile: inspect.AppArmorProfile ?? '', info }),
    selinux: selinuxOf(options, privileged || host.PidMode === 'host' || host.IpcMode === 'host'),
    no_new_privileges: options.some(({ name, value }) => name === 'no-new-privileges' && /^(|1|t|true)$/i.test(value)),
    masked_paths_removed: !privileged && pathsRemoved(host),
  };
}

interface Option {
  readonly name: string;
  readonly value: string;
}

function splitOption(option: string): Option {
  const at = option.search(/[=:]/);
  return at < 0 ? { name: option, value: '' } : { name: option.slice(0, at), value: option.slice(at + 1) };
}

const optionValue = (options: readonly Option[], name: string): string | undefined =>
  options.findLast((option) => option.name === name)?.value;

function seccompOf(options: readonly Option[], privileged: boolean): string {
  const value = optionValue(options, 'seccomp');
  if (value === undefined) return privileged ? 'privileged' : 'default';
  if (value === 'unconfined') return 'unconfined';
  if (value === 'builtin' || value === '') return 'default';
  return isPermissive(value) ? 'permissive' : 'custom';
}

/** System calls without which a container cannot be left by these ways. */
const gates = ['mount', 'unshare', 'setns', 'bpf', 'keyctl'];
const permitting = new Set(['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG']);

/** An inline profile that lets through what it does not name and names none of the gates, or one that cannot be read. */
function isPermissive(profile: string): boolean {
  let parsed: unknown;
  try {
    parsed = JSON.parse(profile);
  } catch {
    // A path or a name: the engine inlines files, so this is an engine's own profile.
    return false;
  }
  if (!isRecord(parsed) || !permitting.has(String(parsed.defaultAction))) return false;
  const rules = Array.isArray(parsed.syscalls) ? parsed.syscalls.filter(isRecord) : [];
  const denied = new Set(
    rules
      .filter((rule) => !permitting.has(String(rule.action)) && !isConditional(rule))
      .flatMap((rule) => (Array.isArray(rule.names) ? rule.names.map(String) : [String(rule.name)])),
  );
  return !gates.every((gate) => denied.has(gate));
}

/** A rule that denies only with certain arguments, capabilities or kernels leaves the call open. */
function isConditional({ args, includes, excludes }: Record<string, unknown>): boolean {
  const isEmpty = (value: unknown): boolean =>
    value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return ![args, includes, excludes].every(isEmpty);
}

function apparmorOf(
  options: readonly Option[],
  at: { privileged: boolean; profile: string; info: EngineInfo },
): string {
  const onHost = (at.info.SecurityOptions ?? []).some((option) => option.includes('name=apparmor'));
  if (!onHost) return 'none';
  const value = optionValue(options, 'apparmor') ?? at.profile;
  if (value === 'unconfined')
    return at.privileged && optionValue(options, 'apparmor') === undefined ? 'privileged' : 'unconfined';
  return value === '' || value === 'docker-default' ? (at.privileged ? 'privileged' : 'default') : 'custom';
}

/** The engine itself adds label=disable to privileged, host pid and host ipc containers (catalogue L12): then nobody chose it. */
function selinuxOf(options: readonly Option[], implied: boolean): string {
  const labels = options.filter(({ name }) => name === 'label').map(({ value }) => value);
  if (labels.some((label) => /^type[:=]spc_t$/.test(label))) return 'spc';
  if (labels.includes('disable')) return implied ? 'implied' : 'disabled';
  return labels.length === 0 ? 'default' : 'custom';
}

/** Paths that engines have masked or made read-only ever since; newer ones only add to them. */
const classicMasked = ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/sys/firmware'];
const classicReadonly = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

/** null and undefined: the engine's own default, or an engine that does not say (podman). */
function pathsRemoved({ MaskedPaths, ReadonlyPaths }: HostConfig): boolean {
  const lacks = (paths: readonly string[] | null | undefined, classic: readonly string[]) =>
    Array.isArray(paths) && !classic.every((path) => paths.includes(path));
  return lacks(MaskedPaths, classicMasked) || lacks(ReadonlyPaths, classicReadonly);
}
