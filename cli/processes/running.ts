import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What a running feed leaves in the state directory, so that the other commands find it whatever port it took. */
const runningSchema = z.object({ url: z.url(), pid: z.number().int(), version: z.string() });
export type Running = z.infer<typeof runningSchema>;

const fileOf = (directory: string): string => join(directory, 'running.json');

export function writeRunning(directory: string, running: Running): void {
  writeFileSync(fileOf(directory), `${JSON.stringify(running)}\n`, { mode: 0o600 });
}

/** Removes what this process left; another one's stays. */
export function removeRunning(directory: string, pid: number): void {
  if (readRunning(directory)?.pid === pid) rmSync(fileOf(directory), { force: true });
}

/** Undefined when nothing runs here or the file is of another time. */
export function readRunning(directory: string): Running | undefined {
  try {
    return runningSchema.parse(JSON.parse(readFileSync(fileOf(directory), 'utf8')));
  } catch {
    return undefined;
  }
}
