import { cleanPath } from '../../../shared/clean-path.ts';
import type { DeviceFacts } from '../../../shared/observation.ts';
import type { HostConfig } from '../inspect-types.ts';
import { baseName, type DeviceNode, type HostPath } from './host-path.ts';

/** Block majors of disks (Documentation/admin-guide/devices.txt): IDE, SCSI, loop, MD, MMC, Xen, device mapper, virtio, NVMe. */
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
/** 21: SCSI generic, 90: flash memory, 162: raw: a disk's content without its block device. */
const charMajors: Readonly<Record<number, string>> = { 21: 'disk', 90: 'disk', 116: 'snd', 162: 'disk', 226: 'dri' };

/** Worst first: what a directory of devices is judged by. */
const classes = [
  'disk',
  'mem',
  'kmem',
  'port',
  'mapper',
  'loop-control',
  'vhost',
  'kvm',
  'kmsg',
  'fuse',
  'tun',
  'snd',
  'dri',
];

const nameClasses: readonly (readonly [RegExp, string])[] = [
  [/^\/dev$/, 'disk'],
  [
    /^\/dev\/(sd[a-z]|hd[a-z]|vd[a-z]|xvd[a-z]|sg\d|nvme\d|mmcblk\d|loop\d|md\d|dm-\d|nbd\d|sr\d|(disk|block|raw)(\/|$))/,
    'disk',
  ],
  [/^\/dev\/mapper(\/|$)/, 'mapper'],
  [/^\/dev\/snd(\/|$)/, 'snd'],
  [/^\/dev\/dri(\/|$)/, 'dri'],
  [/^\/dev\/vhost/, 'vhost'],
  [/^\/dev\/net(\/tun)?$/, 'tun'],
];
const namedAlike = new Set(['mem', 'kmem', 'port', 'kmsg', 'loop-control', 'kvm', 'fuse']);

type RequestedDevice = NonNullable<HostConfig['Devices']>[number];

/**
 * CFG-40: judged by what the node is (major:minor), not by what it is called; by name only when the host cannot be asked. The engine hands in
 * all nodes below a directory: that is judged by the worst of them.
 */
export function deviceFacts(device: RequestedDevice, path: HostPath | undefined): DeviceFacts {
  const onHost = device.PathOnHost ?? '';
  const node = nodeOf(path);
  return {
    path: onHost,
    path_in_container: device.PathInContainer || onHost,
    permissions: device.CgroupPermissions || 'rwm',
    ...node,
    resolved: node !== undefined || path?.nodes !== undefined,
    class: node === undefined ? classWithoutNode(onHost, path) : classOfNode(node),
  };
}

const classWithoutNode = (onHost: string, path: HostPath | undefined): string =>
  path?.nodes === undefined ? classOfName(path?.real ?? cleanPath(onHost)) : worstClass(path.nodes);

function nodeOf(path: HostPath | undefined): DeviceNode | undefined {
  const { type, major, minor } = path ?? {};
  if ((type !== 'block' && type !== 'char') || major === undefined || minor === undefined) return undefined;
  return { type, major, minor };
}

function classOfNode({ type, major, minor }: DeviceNode): string {
  if (type === 'block') return 'disk';
  return charClasses[`${major}:${minor}`] ?? charMajors[major] ?? 'other';
}

function worstClass(nodes: readonly DeviceNode[]): string {
  const found = new Set(nodes.map(classOfNode));
  return classes.find((name) => found.has(name)) ?? 'other';
}

/** What a path under /dev is by custom. */
export function classOfName(path: string): string {
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
