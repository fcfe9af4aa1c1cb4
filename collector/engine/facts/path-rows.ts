import { type Severity, severities, severityRank } from '../../../shared/finding.ts';
import { classOfName } from './device.ts';
import { type HostPath, isWithin } from './host-path.ts';
import type { SocketFacts } from './sockets.ts';

/** Path lists of the rows MNT-05 to MNT-12, for judging a path that a volume hides (MNT-06). The rules of those rows judge open mounts. */
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
  '/etc/cron.d',
  '/etc/cron.daily',
  '/etc/cron.hourly',
  '/etc/cron.weekly',
  '/etc/cron.monthly',
  '/etc/crontab',
  '/var/spool/cron',
  '/etc/systemd',
  '/etc/init.d',
  '/etc/ld.so.preload',
  '/etc/profile.d',
  '/etc/udev',
  '/etc/docker',
  '/etc/cdi',
];
const credentials = ['/etc/shadow', '/etc/gshadow', '/etc/kubernetes', '/var/lib/kubelet'];
const credentialDirectories = /^(\/root|\/home\/[^/]+)\/(\.ssh|\.docker|\.aws|\.kube|\.config\/gcloud)(\/|$)/;
const kernel = ['/proc', '/sys'];
const kernelTypes = new Set(['proc', 'sysfs', 'cgroup', 'cgroup2', 'debugfs', 'tracefs', 'securityfs', 'bpf']);
const rawMemory = new Set(['disk', 'mem', 'kmem', 'port', 'mapper']);
const devices = ['/dev', '/dev/disk', '/dev/mapper'];
const dataRoots = ['/var/lib/docker', '/var/lib/containerd'];

const anyWithin = (path: string, directories: readonly string[]): boolean =>
  directories.some((directory) => isWithin(path, directory));

/** Severity of the worst row that mounting this host path would trip; undefined when none. */
export function pathSeverity(
  path: HostPath,
  { rw, socket }: { rw: boolean; socket: SocketFacts },
): Severity | undefined {
  const { real } = path;
  if (real === '/') return rw ? 'critical' : 'high';
  if (devices.includes(real) || path.type === 'block' || rawMemory.has(classOfName(real))) return 'critical';
  if (rw && anyWithin(real, persistence)) return 'critical';
  if (socket.is_runtime_socket || socket.covers_socket) return 'high';
  if (anyWithin(real, credentials) || credentialDirectories.test(real) || anyWithin(real, dataRoots)) return 'high';
  if (anyWithin(real, kernel) || (path.fstype !== undefined && kernelTypes.has(path.fstype)))
    return rw ? 'high' : 'medium';
  return anyWithin(real, system) ? (rw ? 'high' : 'medium') : undefined;
}

/** One level higher, at most critical. */
export const raised = (severity: Severity): Severity =>
  severities[Math.min(severityRank(severity) + 1, severities.length - 1)] ?? 'critical';
