import { z } from 'zod';
import type { DaemonFileFacts } from '../../../shared/facts/daemon.ts';
import { deriveId } from '../../../shared/hash.ts';
import { watchedFiles } from './watched-files.ts';

/** What is kept of a host, so that a change is seen that was made while nobody looked. */
const noteSchema = z.object({
  /** Which places were looked at: at a new place nothing has changed. */
  places: z.string(),
  /** By path; absent: the host's files were never looked at. */
  files: z.record(z.string(), z.object({ signature: z.string(), hash: z.string() })).optional(),
  /** Of the group `docker`; absent: there was none, or it could not be read. */
  members: z.array(z.string()).optional(),
  settings: z.record(z.string(), z.string()),
});
export type DaemonNote = z.infer<typeof noteSchema>;
export type NotedFiles = NonNullable<DaemonNote['files']>;

export const placesNow = deriveId(watchedFiles.map(({ kind, path }) => [kind, path]));

/** undefined: this host was never looked at, or what was kept of it cannot be read. */
export function parseNote(value: unknown): DaemonNote | undefined {
  const parsed = noteSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export interface FileChange {
  readonly path: string;
  readonly change: NonNullable<DaemonFileFacts['change']>;
  readonly hash: string;
  readonly before: string;
  /** Of the file as it is now; of what is gone, as it was. */
  readonly signature: string;
}

/** DMN-07: what differs. `samePlaces`: the same places were looked at; else a file that is only in one of the two has nothing to say. */
export function fileChanges(before: NotedFiles, now: NotedFiles, samePlaces: boolean): readonly FileChange[] {
  const changes: FileChange[] = [];
  for (const [path, { signature, hash }] of Object.entries(now)) {
    const old = before[path];
    if (old === undefined) {
      if (samePlaces) changes.push({ path, change: 'created', hash, before: '', signature });
    } else if (old.hash !== hash && old.hash !== '' && hash !== '')
      changes.push({ path, change: 'content', hash, before: old.hash, signature });
  }
  if (!samePlaces) return changes;
  for (const [path, { signature, hash }] of Object.entries(before))
    if (now[path] === undefined) changes.push({ path, change: 'deleted', hash: '', before: hash, signature });
  return changes;
}
