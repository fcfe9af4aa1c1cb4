import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { exitCode, messageOf, UserError } from '../../shared/errors.ts';
import { bornOf } from './identity.ts';

/** `born` tells a process from a later one with the same number: boot and start time, where the system gives them. */
const holderSchema = z.object({ pid: z.number().int().positive(), born: z.string() });
type Holder = z.infer<typeof holderSchema>;

/**
 * Makes this process the only one of its state directory for these parts (`collector`, `analyzer`, `alerting`): two would write everything
 * twice. What a process that is gone has left is taken over. Returns how to let go. @throws UserError (69) naming the process that has it
 */
export function holdState(directory: string, parts: readonly string[]): () => void {
  const held: string[] = [];
  const release = (): void => {
    for (const file of held.splice(0)) if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
  };
  try {
    for (const part of parts) {
      const file = join(directory, `${part}.pid`);
      hold(file, { directory, part });
      held.push(file);
    }
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

/** The process that has the part of this state directory now. */
export function holderOf(directory: string, part: string): number | undefined {
  const holder = readHolder(join(directory, `${part}.pid`));
  return holder !== undefined && lives(holder) ? holder.pid : undefined;
}

function hold(file: string, { directory, part }: { directory: string; part: string }): void {
  if (write(file)) return;
  const holder = readHolder(file);
  if (holder !== undefined && lives(holder)) throw taken(directory, { part, pid: holder.pid });
  rmSync(file, { force: true });
  // Somebody else may have taken it over in between.
  if (!write(file)) throw taken(directory, { part, pid: readHolder(file)?.pid });
}

/** False when the file is there already. It is made new and never followed through a link: the directory may be another account's. */
function write(file: string): boolean {
  const me: Holder = { pid: process.pid, born: bornOf(process.pid) ?? '' };
  try {
    writeFileSync(file, `${JSON.stringify(me)}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw new UserError(`${file} cannot be written: ${messageOf(error)}`, {
      fix: 'choose another state directory with --state-dir, or run as its owner',
      code: exitCode.permission,
      cause: error,
    });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    return holderSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // Gone, or cut off by a full disk: nobody's.
    return undefined;
  }
}

function lives({ pid, born }: Holder): boolean {
  // In a container every start may have the same number.
  if (pid === process.pid) return born === bornOf(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: there, but of another account.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false;
  }
  const now = bornOf(pid);
  return born === '' || now === undefined || born === now;
}

function taken(directory: string, { part, pid }: { part: string; pid: number | undefined }): UserError {
  const who = pid === undefined ? 'another process' : `process ${pid}`;
  return new UserError(`${who} already runs the ${part} on the state directory ${directory}`, {
    fix: `stop it${pid === undefined ? '' : ` (kill ${pid})`}, or give this one a directory of its own with --state-dir`,
    code: exitCode.unavailable,
  });
}
