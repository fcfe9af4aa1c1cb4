import { posix } from 'node:path';
import type { FileFacts } from '../../../shared/facts/file.ts';
import type { Entry } from './entries.ts';
import type { Looked } from './look.ts';

export interface FileContext {
  /** undefined: not to be seen. */
  readonly now: Looked | undefined;
  /** The image's own; null: none; undefined: not known. */
  readonly image: Looked | null | undefined;
  /** Size at the last look. */
  readonly lastSize: number | undefined;
  /** When it last changed or was deleted, ms. */
  readonly changedAt: number | undefined;
  /** The container's start, ms. */
  readonly startedAt: number | undefined;
  readonly by: FileFacts['by'];
  readonly isRotated: boolean;
}

const setuid = 0o4000;
const setgid = 0o2000;
const anyExecute = 0o111;

export function fileFacts({ path, change }: Entry, context: FileContext): FileFacts {
  const { now, changedAt, startedAt, by, isRotated } = context;
  const age = changedAt === undefined || startedAt === undefined ? undefined : (changedAt - startedAt) / 1000;
  return {
    path,
    name: posix.basename(path),
    change,
    ...(by === undefined ? {} : { by }),
    ...(age === undefined ? {} : { age_s: Math.round(age * 1000) / 1000 }),
    ...(now === undefined ? {} : lookedFacts(path, now, context)),
    ...(isRotated ? { rotated: true } : {}),
  };
}

function lookedFacts(path: string, now: Looked, { image, lastSize }: FileContext): Partial<FileFacts> {
  const { type, mode, uid, size, target } = now;
  const common = { type, mode: mode.toString(8).padStart(4, '0'), uid, size };
  if (target !== undefined) return { ...common, target, target_path: posix.resolve(posix.dirname(path), target) };
  if (type !== 'file') return common;
  const isPrivileged = (mode & (setuid | setgid)) !== 0;
  const wasPrivileged = image?.type === 'file' && (mode & (setuid | setgid) & ~image.mode) === 0;
  const had = Math.max(lastSize ?? 0, image?.type === 'file' ? image.size : 0);
  return {
    ...common,
    executable: (mode & anyExecute) !== 0,
    setuid: (mode & setuid) !== 0,
    setgid: (mode & setgid) !== 0,
    privilege_gained: isPrivileged && !wasPrivileged,
    emptied: size === 0 && had > 0,
  };
}
