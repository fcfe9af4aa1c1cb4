import { type Severity, severities, severityRank } from '../../../shared/finding.ts';
import { classOfName } from './device.ts';
import { engineDirectories, isWithinOrAbove } from './engine-data.ts';
import { type HostPath, isWithin, underRun } from './host-path.ts';
import type { SocketFacts } from './sockets.ts';

/**
 * Path lists of the rows MNT-05 to MNT-16, for judging a path that a volume hides (MNT-06) and for the worst row of a mount. What is told of an
 * open mount is up to the rules of those rows; a test holds the two together.
 */
const system = [
  '/etc',
  '/root',
  '/home',
  '/boot',
  '/usr',
  '/bin',
  '/sbin',
  '/lib',
  '/lib32',
  '/lib64',
  '/libx32',
  '/var/spool',
  '/srv/ssh',
];
const persistence = [
  '/var/spool/cron',
  '/etc/systemd',
  '/etc/init.d',
  '/etc/ld.so.preload',
  '/etc/profile.d',
  '/etc/udev',
  '/lib/udev',
  '/usr/lib/udev',
  '/etc/docker',
  '/etc/cdi',
  '/run/cdi',
];
/** /etc/cron.d, /etc/crontab, … and whatever else is called so. */
const cron = /^\/etc\/cron[^/]*(\/|$)/;
const credentials = ['/etc/shadow', '/etc/gshadow', '/etc/kubernetes', '/var/lib/kubelet'];
const credentialDirectories = /^(\/root|\/home\/[^/]+)\/(\.ssh|\.docker|\.aws|\.kube|\.config\/gcloud)(\/|$)/;
const kernel = ['/proc', '/sys'];
const kernelTypes = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'debugfs', 'tracefs', 'securityfs', 'bpf']);
const rawMemory = new Set(['disk', 'mem', 'kmem', 'port', 'mapper']);
const devices = ['/dev', '/dev/disk', '/dev/mapper'];
const logs = ['/var/log', '/run/log/journal'];
/** Sockets of services that act for whoever speaks to them, and directories of such; not /run/udev, whose files many programs only read. */
const hostSockets = [
  /^\/run\/(dbus|libvirt|systemd|snapd[^/]*\.socket|udev\/control)$/,
  /^\/run\/(dbus|libvirt)\//,
  /^\/run\/systemd\/(private|io\.[^/]*)(\/|$)/,
  /^\/run\/user\/[0-9]+($|\/(bus|systemd|keyring|gnupg|openssh_agent|ssh-agent)(\/|\.|$))/,
  /^\/tmp\/(\.X11-unix|ssh-[^/]+)(\/|$)/,
];

const anyWithin = (path: string, directories: readonly string[]): boolean =>
  directories.some((directory) => isWithin(path, directory));

export const isDeviceTree = (real: string): boolean => devices.includes(real);
export const isPersistence = (real: string): boolean => anyWithin(underRun(real), persistence) || cron.test(real);
export const isCredential = (real: string): boolean => anyWithin(real, credentials) || credentialDirectories.test(real);
export const isKernel = (path: Pick<HostPath, 'real' | 'fstype'>): boolean =>
  anyWithin(path.real, kernel) || (path.fstype !== undefined && kernelTypes.has(path.fstype));
export const isSystem = (real: string): boolean => anyWithin(real, system);
export const isLog = (real: string): boolean => anyWithin(underRun(real), logs);
export const isHostSocket = (real: string, isFile: boolean): boolean =>
  !isFile && hostSockets.some((pattern) => pattern.test(underRun(real)));

/** Severity of the worst row that mounting this host path would trip; undefined when none. */
export function pathSeverity(
  path: HostPath,
  { rw, socket }: { rw: boolean; socket: SocketFacts },
): Severity | undefined {
  const { real } = path;
  if (real === '/') return rw ? 'critical' : 'high';
  if (isDeviceTree(real) || path.type === 'block' || rawMemory.has(classOfName(real))) return 'critical';
  if (rw && isPersistence(real)) return 'critical';
  if (socket.is_runtime_socket || socket.covers_socket) return 'high';
  if (isCredential(real) || isWithinOrAbove(real, engineDirectories) || isHostSocket(real, path.type === 'file'))
    return 'high';
  if (isKernel(path) || isSystem(real)) return rw ? 'high' : 'medium';
  return isLog(real) ? (rw ? 'medium' : 'informational') : undefined;
}

/** One level higher, at most critical. */
export const raised = (severity: Severity): Severity =>
  severities[Math.min(severityRank(severity) + 1, severities.length - 1)] ?? 'critical';
