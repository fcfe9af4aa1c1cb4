/** What a volume's driver options mount instead of a directory of the engine's own (N2). */
export type HiddenSource =
  | { readonly kind: 'host'; readonly path: string; readonly rw: boolean; readonly fstype?: string }
  | { readonly kind: 'network'; readonly address: string };

const networkTypes = new Set(['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'ceph', '9p', 'glusterfs']);
const memoryTypes = new Set(['tmpfs', 'ramfs']);

/** File systems of the kernel that a volume can mount anew: the same thing as mounting the host's own, whatever `device` says. */
const kernelMounts: ReadonlyMap<string, string> = new Map([
  ['proc', '/proc'],
  ['sysfs', '/sys'],
  ['devtmpfs', '/dev'],
  ['cgroup', '/sys/fs/cgroup'],
  ['cgroup2', '/sys/fs/cgroup'],
  ['debugfs', '/sys/kernel/debug'],
  ['tracefs', '/sys/kernel/tracing'],
  ['securityfs', '/sys/kernel/security'],
  ['configfs', '/sys/kernel/config'],
  ['bpf', '/sys/fs/bpf'],
  ['efivarfs', '/sys/firmware/efi/efivars'],
  ['binfmt_misc', '/proc/sys/fs/binfmt_misc'],
]);

/**
 * `type`, `o` and `device` of the local driver (they become the arguments of mount(2)), `mountpoint` of others; empty when they mount
 * nothing of the host. With `bind` among the flags the kernel looks at neither type nor host name: `type=nfs,o=bind,device=//etc` is /etc.
 */
export function hiddenSources(options: Readonly<Record<string, string>> | null | undefined): readonly HiddenSource[] {
  if (!options) return [];
  const { device = '', mountpoint = '' } = options;
  const type = (options.type ?? '').trim().toLowerCase();
  const flags = (options.o ?? '').split(',').map((flag) => flag.trim());
  const rw = flags.findLast((flag) => flag === 'ro' || flag === 'rw') !== 'ro';
  const host = (path: string, fstype?: string): HiddenSource => ({
    kind: 'host',
    path,
    rw,
    ...(fstype === undefined ? {} : { fstype }),
  });
  // A relative path counts from the daemon's working directory, which is / everywhere it is a service.
  if (flags.includes('bind') || flags.includes('rbind'))
    return device === '' ? [] : [host(device.startsWith('/') ? device : `/${device}`)];
  const kernel = kernelMounts.get(type);
  if (kernel !== undefined) return [host(kernel, type)];
  if (memoryTypes.has(type)) return [];
  if (type === 'overlay') return layersOf(flags).map((layer) => host(layer));
  const isAddress = device.startsWith('//') || /^[^/]*:\//.test(device);
  if (networkTypes.has(type) || (type === '' && isAddress)) return [{ kind: 'network', address: device }];
  if (device.startsWith('/')) return [host(device)];
  return mountpoint.startsWith('/') ? [host(mountpoint)] : [];
}

/** Every directory of an overlay shows; the upper one is written to. */
function layersOf(flags: readonly string[]): readonly string[] {
  return flags.flatMap((flag) => {
    const [, name, value = ''] = /^(upperdir|lowerdir\+?)=(.*)$/.exec(flag) ?? [];
    if (name === undefined) return [];
    return name === 'upperdir' ? [value] : value.split(':').filter((layer) => layer.startsWith('/'));
  });
}
