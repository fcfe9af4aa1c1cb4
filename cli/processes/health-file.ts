import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf } from '../../shared/errors.ts';
import type { HealthReport } from './health.ts';

/** The parts that leave a health file when they run as a process of their own. */
export const healthParts = ['collector', 'analyzer', 'alerting', 'monitor'] as const;
export type HealthPart = (typeof healthParts)[number];

const reportSchema = z.object({
  at: z.number(),
  pid: z.number(),
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
  writeFileSync(draft, `${JSON.stringify(report)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

export type HealthFile = HealthReport | 'absent' | { readonly unreadable: string };

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
