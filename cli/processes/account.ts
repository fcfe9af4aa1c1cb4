/** An account of the machine, as /etc/passwd gives it. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Finds an account by name or by number in the text of /etc/passwd (`name:x:uid:gid:…`). A number that is nobody's gets itself as group:
 * containers often run with numbers only.
 */
export function findAccount(user: string, passwd: string): Account | undefined {
  for (const line of passwd.split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) continue;
    if (name === user || uid === user) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return /^\d+$/.test(user) ? { name: user, uid: Number(user), gid: Number(user) } : undefined;
}
