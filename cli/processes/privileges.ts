import { accessSync, chownSync, constants, existsSync, readFileSync } from 'node:fs';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import { type Account, findAccount } from './account.ts';

/** What becomes of root in the monitor: it is given up for an account, or kept with a reason that is told. */
export type PrivilegePlan =
  | { readonly kind: 'drop'; readonly account: Account }
  | { readonly kind: 'keep'; readonly reason: string };

export function planPrivileges(options: { root: boolean; user: string; passwd?: string }): PrivilegePlan {
  if (!options.root)
    return {
      kind: 'keep',
      reason: 'not started as root, so both run as the same user; start as root to have the monitor run as nobody',
    };
  const account = findAccount(options.user, options.passwd ?? readFileSync('/etc/passwd', 'utf8'));
  if (account === undefined)
    throw new UserError(`there is no user "${options.user}" for the monitor to change to`, {
      fix: 'create it, or name another account in monitor.user',
      code: exitCode.config,
    });
  if (account.uid === 0) return { kind: 'keep', reason: `monitor.user is ${options.user}, which is root` };
  return { kind: 'drop', account };
}

/** Gives the state directory and what is in it to the account, so that the monitor can read and write it after it gave up root. */
export function handOver(files: StateFiles, account: Account): void {
  const database = [files.database, `${files.database}-wal`, `${files.database}-shm`];
  for (const path of [files.directory, ...database, files.token])
    if (existsSync(path)) chownSync(path, account.uid, account.gid);
}

/** The system calls of the drop; a test replaces them. */
export interface Credentials {
  setgroups(groups: readonly number[]): void;
  setgid(gid: number): void;
  setuid(uid: number): void;
  getuid(): number;
  geteuid(): number;
}

export function processCredentials(): Credentials {
  const { setgroups, setgid, setuid, getuid, geteuid } = process;
  if (
    setgroups === undefined ||
    setgid === undefined ||
    setuid === undefined ||
    getuid === undefined ||
    geteuid === undefined
  )
    throw new UserError('this system has no users to change to', { fix: 'run Moorwatch on Linux' });
  return { setgroups: (groups) => setgroups([...groups]), setgid, setuid, getuid, geteuid };
}

/**
 * Gives up root for good: no supplementary groups, then the group, then the user (the other way round the groups would stay).
 * @throws Error when root can be had back; the process must not go on then.
 */
export function dropPrivileges(account: Account, credentials: Credentials): void {
  credentials.setgroups([]);
  credentials.setgid(account.gid);
  credentials.setuid(account.uid);
  if (credentials.getuid() !== account.uid || credentials.geteuid() !== account.uid)
    throw new Error(`changing to ${account.name} had no effect`);
  if (regains(() => credentials.setuid(0)) || regains(() => credentials.setgid(0)))
    throw new Error(`root was given up for ${account.name} but could be taken back`);
}

function regains(attempt: () => void): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** Whether the monitor can use its state after the drop. @throws UserError (77) */
export function checkAccess(files: StateFiles, account: Account): void {
  try {
    accessSync(files.directory, constants.R_OK | constants.W_OK | constants.X_OK);
    if (existsSync(files.database)) accessSync(files.database, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw new UserError(`${account.name} cannot use the state directory ${files.directory}: ${messageOf(error)}`, {
      fix: `choose another directory with --state-dir (every directory above it must be open to ${account.name}), or another monitor.user`,
      code: exitCode.permission,
      cause: error,
    });
  }
}
