import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Names this process so that another on the same machine can tell that it has ended, instead of waiting for its lease: pid namespace,
 * pid, and the process's start time in clock ticks since boot (proc(5): field 22 of /proc/PID/stat). Undefined where there is no /proc.
 */
export function processIdentity(): string | undefined {
  const started = startTime(process.pid);
  const namespace = pidNamespace();
  return started === undefined || namespace === undefined ? undefined : `${namespace} ${process.pid} ${started}`;
}

/** Whether the process certainly has ended. False when that cannot be told: another pid namespace, no /proc. */
export function hasEnded(identity: string): boolean {
  const [namespace, pid, started] = identity.split(' ');
  if (namespace === undefined || pid === undefined || namespace !== pidNamespace()) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    // EPERM: it lives, as another user. A mount of /proc with hidepid shows no processes of others, so signals come first.
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  const now = startTime(Number(pid));
  return now !== undefined && now !== started;
}

function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return undefined;
  }
}

function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the name in parentheses, which may contain anything; field 22 is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
