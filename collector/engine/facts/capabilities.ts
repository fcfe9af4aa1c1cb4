import { defaultCapabilities } from '../../../shared/capabilities.ts';
import type { CapabilityFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';

/** Linux capabilities 0 to 40 (capability.h) without `CAP_`, in the order of their bits. */
export const capabilityNames: readonly string[] = [
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

/** N3: what is given by default, added and dropped; everything when privileged. */
export function capabilityFacts(host: HostConfig): CapabilityFacts {
  const effective = host.Privileged === true ? capabilityNames : granted(host);
  return {
    added: expand(host.CapAdd).map(prefixed),
    dropped: expand(host.CapDrop).map(prefixed),
    effective: effective.map(prefixed),
    near_privileged: host.Privileged !== true && nearPrivileged(effective),
  };
}

/**
 * As the engine computes it (measured on 20.10): adding ALL gives all but what is dropped by name, else dropping ALL gives what is added, else
 * what is added comes after what is dropped, so that a capability that is both added and dropped is there.
 */
function granted({ CapAdd, CapDrop }: HostConfig): readonly string[] {
  const dropped = named(CapDrop);
  if (isAll(CapAdd)) return capabilityNames.filter((name) => !dropped.includes(name)).sort();
  const kept = isAll(CapDrop) ? [] : defaultCapabilities.filter((name) => !dropped.includes(name));
  return [...new Set([...kept, ...named(CapAdd)])].sort();
}

const nearPrivileged = (effective: readonly string[]): boolean =>
  effective.length >= capabilityNames.length - missingFromAll ||
  effective.filter((name) => dangerous.has(name)).length >= dangerousTogether;

const bare = (name: string): string => name.trim().toUpperCase().replace(/^CAP_/, '');
const prefixed = (name: string): string => `CAP_${name}`;
const isAll = (names: readonly string[] | null | undefined): boolean =>
  (names ?? []).some((name) => bare(name) === 'ALL');

/** Those named one by one: `ALL` is none of them. */
const named = (names: readonly string[] | null | undefined): readonly string[] =>
  [...new Set((names ?? []).map(bare))].filter((name) => name !== 'ALL').sort();

const expand = (names: readonly string[] | null | undefined): readonly string[] =>
  isAll(names) ? capabilityNames : named(names);
