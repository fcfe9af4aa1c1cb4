/** What a volume's driver options mount instead of a directory of the engine's own (N2). */
export type HiddenSource =
  | { readonly kind: 'host'; readonly path: string; readonly rw: boolean }
  | { readonly kind: 'network'; readonly address: string };

/** `type`, `o` and `device` of the local driver; undefined when it mounts nothing of the host. */
export function hiddenSource(options: Readonly<Record<string, string>> | null | undefined): HiddenSource | undefined {
  const type = (options?.type ?? '').toLowerCase();
  const device = options?.device ?? '';
  const flags = (options?.o ?? '').split(',').map((flag) => flag.trim());
  const rw = !flags.includes('ro');
  if (type === 'tmpfs' || type === 'ramfs') return undefined;
  if (/^(nfs|nfs4|cifs|smb3|smbfs)$/.test(type) || device.startsWith('//') || /^[^/]*:\//.test(device)) {
    return { kind: 'network', address: device };
  }
  if (type === 'overlay') {
    const layer = ['upperdir', 'lowerdir']
      .map((name) => flags.find((flag) => flag.startsWith(`${name}=`))?.slice(name.length + 1))
      .find(Boolean);
    if (layer !== undefined) return { kind: 'host', path: layer.split(':')[0] ?? layer, rw };
  }
  return device.startsWith('/') ? { kind: 'host', path: device, rw } : undefined;
}
