import { readFileSync, readlinkSync } from 'node:fs';

/** Tells a process from a later one with the same number, and from one of another machine or container. */
export interface Identity {
  readonly pid: number;
  /** Boot and the process's start in ticks since then; empty where the system does not give them. */
  readonly born: string;
  /** Boot and pid namespace in which the number is one; empty as above. */
  readonly space: string;
}

/** `elsewhere`: of another machine or container, so that it cannot be told from here. */
export type Liveness = 'alive' | 'gone' | 'elsewhere';

export const identityOf = (pid: number): Identity => ({ pid, born: bornOf(pid) ?? '', space: ownSpace() });

export function livenessOf({ pid, born, space }: Identity): Liveness {
  if (space !== '' && space !== ownSpace()) return 'elsewhere';
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there, but of another account.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return 'gone';
  }
  const { state, start } = statOf(pid);
  // It has ended, and its parent has not asked how.
  if (state === 'Z' || state === 'X') return 'gone';
  return born === '' || start === undefined || born === bornOf(pid) ? 'alive' : 'gone';
}

/** The boot and the process's start in ticks since then. */
export function bornOf(pid: number): string | undefined {
  const { start } = statOf(pid);
  const boot = bootOf();
  return start === undefined || boot === undefined ? undefined : `${boot}/${start}`;
}

/** Fields 3 and 22 of /proc/PID/stat, counted behind the name (proc_pid_stat(5)). */
function statOf(pid: number): { readonly state?: string | undefined; readonly start?: string | undefined } {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return {};
  }
}

function bootOf(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

function ownSpace(): string {
  try {
    return `${bootOf() ?? ''}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}
