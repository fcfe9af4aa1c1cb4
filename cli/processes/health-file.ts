import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import type { HealthReport } from './health.ts';
import { type Identity, identityOf, livenessOf } from './identity.ts';

/** The parts that leave a health file when they run as a process of their own. */
export const healthParts = ['collector', 'analyzer', 'alerting', 'monitor'] as const;
export type HealthPart = (typeof healthParts)[number];

const reportSchema = z.object({
  at: z.number(),
  pid: z.number(),
  // Files of earlier versions do not have them.
  born: z.string().default(''),
  space: z.string().default(''),
  problem: z.string().optional(),
  notes: z.array(z.string()),
});

/** Where a part on this machine (or in this container) says how it is. Two of one part need a state directory each. */
export const healthFileOf = (directory: string, part: HealthPart, hostname: string): string =>
  join(directory, 'health', `${part}-${hostname.replaceAll(/[^\w.-]/g, '_')}.json`);

/** Replaces the file as a whole, so that a reader never sees half of it. @throws when the disk is full or not ours */
export function writeHealth(file: string, report: HealthReport): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
  const draft = `${file}.${report.pid}`;
  writeFileSync(draft, `${JSON.stringify({ ...report, ...identityOf(report.pid) })}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

export type HealthFile = ToldHealth | 'absent' | { readonly unreadable: string };

/** A report and the process that made it. */
export type ToldHealth = HealthReport & Identity;

export function readHealth(file: string): HealthFile {
  try {
    const { problem, ...report } = reportSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    return { ...report, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'absent';
    return { unreadable: messageOf(error) };
  }
}

/** Removes what this process left; another one's stays. */
export function removeHealth(file: string, pid: number): void {
  const found = readHealth(file);
  if (found !== 'absent' && 'pid' in found && found.pid === pid) rmSync(file, { force: true });
}

/** What lies in the directory of health files, by part, of processes of any name of this machine. */
export function healthOfAll(directory: string): readonly { part: HealthPart; file: string; health: ToldHealth }[] {
  return namesIn(directory).flatMap((name) => {
    const part = healthParts.find((one) => name.startsWith(`${one}-`));
    const file = join(directory, 'health', name);
    const health = part !== undefined && name.endsWith('.json') ? readHealth(file) : 'absent';
    return part === undefined || health === 'absent' || 'unreadable' in health ? [] : [{ part, file, health }];
  });
}

/** A process writes every 5 s, so what nobody touched for so long is nobody's, also where its process cannot be seen from here. */
const abandonedMs = 10 * 60_000;

/** Removes what processes that are gone have left: of earlier names of this machine (containers get a new one each), and drafts. */
export function clearHealth(directory: string, now: number): void {
  for (const { file, health } of healthOfAll(directory)) {
    const liveness = livenessOf(health);
    if (liveness === 'gone' || (liveness === 'elsewhere' && now - health.at > abandonedMs))
      rmSync(file, { force: true });
  }
  for (const name of namesIn(directory)) {
    const draft = join(directory, 'health', name);
    if (/\.json\.\d+$/.test(name) && isAbandoned(draft, now)) rmSync(draft, { force: true });
  }
}

function isAbandoned(path: string, now: number): boolean {
  const touched = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  return touched !== undefined && now - touched > abandonedMs;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(join(directory, 'health'));
  } catch {
    // Not made yet, or not ours to read.
    return [];
  }
}
