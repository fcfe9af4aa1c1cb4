import type { CapabilityFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';

/** What an engine gives a container that asks for nothing (CapEff 0xa80425fb, catalogue L13). */
const defaults = [
  'CHOWN',
  'DAC_OVERRIDE',
  'FSETID',
  'FOWNER',
  'MKNOD',
  'NET_RAW',
  'SETGID',
  'SETUID',
  'SETFCAP',
  'SETPCAP',
  'NET_BIND_SERVICE',
  'SYS_CHROOT',
  'KILL',
  'AUDIT_WRITE',
];

/** Linux capabilities 0 to 40 (capability.h), in the order of their bits. */
const all = [
  'CHOWN',
  'DAC_OVERRIDE',
  'DAC_READ_SEARCH',
  'FOWNER',
  'FSETID',
  'KILL',
  'SETGID',
  'SETUID',
  'SETPCAP',
  'LINUX_IMMUTABLE',
  'NET_BIND_SERVICE',
  'NET_BROADCAST',
  'NET_ADMIN',
  'NET_RAW',
  'IPC_LOCK',
  'IPC_OWNER',
  'SYS_MODULE',
  'SYS_RAWIO',
  'SYS_CHROOT',
  'SYS_PTRACE',
  'SYS_PACCT',
  'SYS_ADMIN',
  'SYS_BOOT',
  'SYS_NICE',
  'SYS_RESOURCE',
  'SYS_TIME',
  'SYS_TTY_CONFIG',
  'MKNOD',
  'LEASE',
  'AUDIT_WRITE',
  'AUDIT_CONTROL',
  'SETFCAP',
  'MAC_OVERRIDE',
  'MAC_ADMIN',
  'SYSLOG',
  'WAKE_ALARM',
  'BLOCK_SUSPEND',
  'AUDIT_READ',
  'PERFMON',
  'BPF',
  'CHECKPOINT_RESTORE',
];

/** Capabilities of the rows CFG-03 to CFG-10: each alone reaches beyond its container. */
const dangerous = new Set([
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
  'DAC_READ_SEARCH',
  'SYS_RAWIO',
  'NET_ADMIN',
  'BPF',
  'PERFMON',
  'SYS_BOOT',
  'SYS_TIME',
  'SYSLOG',
  'SYS_RESOURCE',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'AUDIT_CONTROL',
  'CHECKPOINT_RESTORE',
  'LINUX_IMMUTABLE',
  'IPC_OWNER',
]);

/** A set that lacks no more than so many is nearly all of them (CFG-02). */
const missingFromAll = 5;
const dangerousTogether = 3;

/** N3: (default ∪ added, ALL expanded) minus dropped; everything when privileged. */
export function capabilityFacts({ Privileged, CapAdd, CapDrop }: HostConfig): CapabilityFacts {
  const added = expand(CapAdd);
  const dropped = expand(CapDrop);
  const effective = Privileged === true ? all : granted(added, dropped, isAll(CapDrop));
  return {
    added: added.map(prefixed),
    dropped: dropped.map(prefixed),
    effective: effective.map(prefixed),
    near_privileged: Privileged !== true && nearPrivileged(effective),
  };
}

/** `--cap-drop ALL --cap-add X` gives X: the engine takes what is added out of ALL. */
function granted(added: readonly string[], dropped: readonly string[], dropsAll: boolean): readonly string[] {
  const kept = dropsAll ? [] : defaults.filter((name) => !dropped.includes(name));
  const more = dropsAll ? added : added.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...more])].sort();
}

const nearPrivileged = (effective: readonly string[]): boolean =>
  effective.length >= all.length - missingFromAll ||
  effective.filter((name) => dangerous.has(name)).length >= dangerousTogether;

const bare = (name: string): string => name.trim().toUpperCase().replace(/^CAP_/, '');
const prefixed = (name: string): string => `CAP_${name}`;
const isAll = (names: readonly string[] | null | undefined): boolean =>
  (names ?? []).some((name) => bare(name) === 'ALL');

function expand(names: readonly string[] | null | undefined): readonly string[] {
  return isAll(names) ? all : [...new Set((names ?? []).map(bare))].sort();
}
