/**
 * N5: the user id that an engine makes of `--user`. Numbers may have a sign and leading zeros ("00" and "+0" are root) and are never looked up,
 * also where passwd has an entry of that name; a group is cut off; other names are looked up in the container's own passwd. null: a name that
 * could not be looked up.
 */
export function userId(user: string | undefined, passwd: string | null): number | null {
  const name = (user ?? '').split(':')[0] ?? '';
  if (name === '') return 0;
  if (isNumber(name)) return numberOf(name);
  const entry = passwd === null ? undefined : lookUp(passwd, name);
  return entry ?? (name === 'root' ? 0 : null);
}

/** Whether a process of that user is root; of an unknown name, whether it is spelled so. */
export const isRoot = (uid: number | null): boolean => uid === 0;

const isNumber = (text: string): boolean => /^[+-]?\d+$/.test(text);
/** Never -0. */
const numberOf = (text: string): number => Number.parseInt(text, 10) || 0;

/** As the engine reads it (measured on 20.10): the first line of that name, and an id that is missing or no number is 0. */
function lookUp(passwd: string, name: string): number | undefined {
  for (const line of passwd.split('\n')) {
    const [entry, , id = ''] = line.trim().split(':');
    if (entry === name) return isNumber(id) ? numberOf(id) : 0;
  }
  return undefined;
}
