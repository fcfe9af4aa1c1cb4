import { type Severity, severityRank } from '../../../shared/finding.ts';
import type { MountFacts } from '../../../shared/observation.ts';
import { isCredential, isDeviceTree, isHostSocket, isKernel, isLog, isPersistence, isSystem } from './path-rows.ts';

/** Severity of the worst row MNT-* that the mount meets (CFG-26, CFG-46, CFG-50). */
export function mountSeverity(mount: MountFacts): Severity | undefined {
  const { hidden_severity } = mount;
  const found = [
    ...(hidden_severity === undefined ? [] : [hidden_severity]),
    ...propagated(mount),
    ...(mount.type === 'bind' ? bound(mount) : []),
  ];
  return found.sort((a, b) => severityRank(b) - severityRank(a))[0];
}

/** MNT-14 */
const propagated = ({ propagation }: MountFacts): readonly Severity[] =>
  /^r?shared$/.test(propagation) ? ['high'] : /^r?slave$/.test(propagation) ? ['low'] : [];

function bound(mount: MountFacts): readonly Severity[] {
  const { source_real: real, rw } = mount;
  const when = (holds: boolean, severity: Severity): readonly Severity[] => (holds ? [severity] : []);
  return [
    ...when(mount.monitor_data || mount.socket_alias, 'critical'),
    ...when(mount.is_runtime_socket || mount.covers_socket || mount.engine_data, 'high'),
    ...when(real === '/', rw ? 'critical' : 'high'),
    ...when(rw && (isDeviceTree(real) || isPersistence(real)), 'critical'),
    ...when(isCredential(real) || isHostSocket(real, mount.is_file), 'high'),
    ...when(
      isKernel({ real, ...(mount.fstype && { fstype: mount.fstype }) }) && !isUsual(mount),
      rw ? 'high' : 'medium',
    ),
    ...when(isSystem(real) && (rw || !isHarmless(real)), rw ? 'high' : 'medium'),
    ...when(isLog(real), rw ? 'medium' : 'informational'),
  ];
}

/** MNT-09: read-only where a container has its own, also read-only. */
const isUsual = ({ source_real, destination, rw }: MountFacts): boolean =>
  !rw && source_real === destination && ['/proc', '/sys', '/sys/fs/cgroup'].includes(destination);

/** MNT-07: what may be read. */
const isHarmless = (real: string): boolean =>
  ['/etc/localtime', '/etc/timezone', '/etc/passwd', '/etc/machine-id', '/etc/ssl/certs'].includes(real) ||
  /^(\/etc\/ssl\/certs|\/usr\/share\/zoneinfo|\/usr\/share\/ca-certificates|\/etc\/ca-certificates)\//.test(real);
