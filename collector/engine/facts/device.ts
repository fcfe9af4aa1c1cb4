import type { DeviceFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';
import { baseName, cleanPath, type HostPath } from './host-path.ts';

/** Block majors of disks (Documentation/admin-guide/devices.txt): IDE, SCSI, MD, virtio, device mapper excluded, MMC, NVMe, Xen. */
const diskMajors = new Set([
  3, 7, 8, 9, 11, 22, 33, 34, 65, 66, 67, 68, 69, 70, 71, 128, 129, 130, 131, 132, 133, 134, 135, 179, 202, 252, 253,
  254, 259,
]);

const charClasses: Readonly<Record<string, string>> = {
  '1:1': 'mem',
  '1:2': 'kmem',
  '1:4': 'port',
  '1:11': 'kmsg',
  '10:237': 'loop-control',
  '10:236': 'mapper',
  '10:232': 'kvm',
  '10:229': 'fuse',
  '10:200': 'tun',
  '10:238': 'vhost',
  '10:241': 'vhost',
};
const charMajors: Readonly<Record<number, string>> = { 116: 'snd', 226: 'dri' };

const nameClasses: readonly (readonly [RegExp, string])[] = [
  [/^\/dev\/(sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|nvme\d|mmcblk\d|loop\d|md\d|dm-\d|disk\/)/, 'disk'],
  [/^\/dev\/mapper\//, 'mapper'],
  [/^\/dev\/snd\//, 'snd'],
  [/^\/dev\/dri\//, 'dri'],
  [/^\/dev\/vhost/, 'vhost'],
  [/^\/dev\/net\/tun$/, 'tun'],
];
const namedAlike = new Set(['mem', 'kmem', 'port', 'kmsg', 'loop-control', 'kvm', 'fuse']);

type RequestedDevice = NonNullable<HostConfig['Devices']>[number];

/** CFG-40: judged by what the node is (major:minor), not by what it is called; by name only when the host cannot be asked. */
export function deviceFacts(device: RequestedDevice, path: HostPath | undefined): DeviceFacts {
  const onHost = device.PathOnHost ?? '';
  const known = path?.major !== undefined && (path.type === 'block' || path.type === 'char');
  return {
    path: onHost,
    path_in_container: device.PathInContainer ?? onHost,
    permissions: device.CgroupPermissions ?? 'rwm',
    ...(path?.type === 'block' || path?.type === 'char' ? { type: path.type } : {}),
    ...(path?.major === undefined ? {} : { major: path.major }),
    ...(path?.minor === undefined ? {} : { minor: path.minor }),
    resolved: known,
    class: known ? classOfNode(path) : classOfName(path?.real ?? cleanPath(onHost)),
  };
}

function classOfNode({ type, major = -1, minor = -1, real }: HostPath): string {
  if (type === 'block') return real.startsWith('/dev/mapper/') ? 'mapper' : 'disk';
  return charClasses[`${major}:${minor}`] ?? charMajors[major] ?? 'other';
}

function classOfName(path: string): string {
  const byPattern = nameClasses.find(([pattern]) => pattern.test(path))?.[1];
  return byPattern ?? (namedAlike.has(baseName(path)) ? baseName(path) : 'other');
}

/** CFG-41: `type major:minor permissions`; all block devices, a disk's major, or memory and ports. */
export function isDangerousRule(rule: string): boolean {
  const parsed = /^([abc])\s+(\*|\d+):(\*|\d+)\s/.exec(`${rule.trim()} `);
  if (parsed === null) return false;
  const [, type, major = '', minor = ''] = parsed;
  if (type === 'a') return true;
  if (type === 'b') return major === '*' || diskMajors.has(Number(major));
  return major === '*' || (major === '1' && ['*', '1', '2', '4'].includes(minor));
}
