/**
 * N5: the user id that an engine makes of `--user`. Numbers may have a sign and leading zeros ("00" and "+0" are root); a group is
 * cut off; names are looked up in the container's own passwd. null: a name that could not be looked up.
 */
export function userId(user: string | undefined, passwd: string | null): number | null {
  const name = (user ?? '').split(':')[0] ?? '';
  if (name === '') return 0;
  // The engine looks names up first: a passwd entry may be called "0".
  const entry = passwd === null ? undefined : lookUp(passwd, name);
  if (entry !== undefined) return entry;
  if (/^[+-]?\d+$/.test(name)) return Number.parseInt(name, 10) || 0;
  return name === 'root' ? 0 : null;
}

/** Whether a process of that user is root; of an unknown name, whether it is spelled so. */
export const isRoot = (uid: number | null): boolean => uid === 0;

function lookUp(passwd: string, name: string): number | undefined {
  for (const line of passwd.split('\n')) {
    const [entry, , uid] = line.split(':');
    if (entry === name && uid !== undefined && /^\d+$/.test(uid)) return Number(uid);
  }
  return undefined;
}
