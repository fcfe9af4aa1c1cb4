import { accessSync, constants, existsSync, readdirSync, readlinkSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Config } from '../../shared/config/schema.ts';
import { messageOf } from '../../shared/errors.ts';
import { networkFileSystem } from '../../shared/sqlite/open.ts';
import type { StateFiles } from '../../shared/state-dir.ts';
import { planPrivileges } from '../processes/privileges.ts';
import { type Finding, fail, ok, warn } from './check.ts';

/** What the state directory is to hold: the embedded log, or over Kafka only what waits for the brokers. */
export interface DiskUse {
  readonly what: 'log' | 'spool';
  readonly megabytes: number;
  /** The key that limits it. */
  readonly key: string;
}

export function diskUseOf({ bus, log, spool }: Pick<Config, 'bus' | 'log' | 'spool'>): DiskUse {
  if (bus === 'kafka') return { what: 'spool', megabytes: spool.megabytes, key: 'spool.megabytes' };
  // observations, findings, incidents and rejected each keep so much.
  return { what: 'log', megabytes: log.retentionMegabytes * 4, key: 'log.retentionMegabytes' };
}

/** State directory: there, writable, on a disk of this machine, with room. */
export function checkState(files: StateFiles, use: DiskUse): readonly Finding[] {
  const there = nearestExisting(files.directory);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    return [
      fail(
        'state',
        `${there} cannot be written: ${messageOf(error)}`,
        'choose another directory with --state-dir, or run as its owner',
      ),
    ];
  }
  const found =
    there === files.directory ? ok('state', `${files.directory}`) : ok('state', `${files.directory} (will be created)`);
  return [found, ...checkMode(files), ...checkDisk(there, use)];
}

function checkMode(files: StateFiles): readonly Finding[] {
  return [files.directory, files.token]
    .filter((path) => existsSync(path) && (statSync(path).mode & 0o077) !== 0)
    .map((path) => fail('state', `${path} is open to other users`, `chmod go-rwx ${path}`));
}

function checkDisk(directory: string, { what, megabytes, key }: DiskUse): readonly Finding[] {
  const { bavail, bsize } = statfsSync(directory);
  const network = networkFileSystem(join(directory, 'moorwatch.db'));
  const free = Math.floor((bavail * bsize) / 1024 / 1024);
  return [
    network === undefined
      ? ok('file system', 'on a disk of this machine')
      : fail(
          'file system',
          `the state directory is on ${network}, where the ${what} could be damaged`,
          'put it on a local disk with --state-dir',
        ),
    free >= megabytes
      ? ok('disk', `${free} MB free, the ${what} may take ${megabytes} MB`)
      : warn('disk', `${free} MB free, but the ${what} may take ${megabytes} MB`, `free space, or lower ${key}`),
  ];
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}

/** The host's /proc and root: the procfs tier and the resolution of bind sources. */
export function checkHost(engine: Config['engine']): readonly Finding[] {
  return [checkProcfs(engine.procfs), checkRootfs(engine.rootfs)];
}

function checkProcfs(procfs: string): Finding {
  const without = 'connections and processes of containers are not seen';
  const fix = 'run as root, or in a container with --pid host and /proc mounted at engine.procfs';
  if (procfs === '') return warn('procfs', `switched off: ${without}`, 'set engine.procfs to the host’s /proc');
  let pids: readonly string[];
  try {
    pids = readdirSync(procfs).filter((name) => /^\d+$/.test(name));
  } catch (error) {
    return warn('procfs', `${procfs} cannot be read (${messageOf(error)}): ${without}`, fix);
  }
  const open = pids.filter((pid) => namespaceOf(procfs, pid) !== undefined).length;
  const text = `${open} of ${pids.length} processes under ${procfs} can be looked into`;
  return open > pids.length / 2 ? ok('procfs', text) : warn('procfs', `${text}: ${without}`, fix);
}

function namespaceOf(procfs: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${procfs}/${pid}/ns/net`);
  } catch {
    // Another user's process, or it ended meanwhile.
    return undefined;
  }
}

function checkRootfs(rootfs: string): Finding {
  const without = 'symbolic links in bind sources are not followed';
  if (rootfs === '')
    return warn('rootfs', `switched off: ${without}`, 'set engine.rootfs to the host’s / (read-only is enough)');
  try {
    accessSync(rootfs, constants.R_OK | constants.X_OK);
    return ok('rootfs', rootfs);
  } catch (error) {
    return warn(
      'rootfs',
      `${rootfs} cannot be read (${messageOf(error)}): ${without}`,
      'mount the host’s / there, read-only',
    );
  }
}

/** Whether the process that listens can be another user than the one that holds the engine socket. */
export function checkSeparation(root: boolean, user: string): Finding {
  try {
    const plan = planPrivileges({ root, user });
    if (plan.kind === 'drop')
      return ok('separation', `the monitor runs as ${plan.account.name}, without the engine socket`);
    return warn(
      'separation',
      plan.reason,
      'start `moorwatch up` as root, or run collector and monitor as two services',
    );
  } catch (error) {
    return fail('separation', messageOf(error), 'name an existing account in monitor.user');
  }
}
