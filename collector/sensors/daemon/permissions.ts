import type { DaemonFileFacts } from '../../../shared/facts/daemon.ts';

/** A file's owner and mode, as stat(2) has them. */
export interface Owned {
  readonly kind: DaemonFileFacts['kind'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

const groupWrites = 0o020;
const othersWrite = 0o002;

/**
 * DMN-02: who may write to it beside root. A socket of the runtime is the group `docker`'s by design (`dockerGid`); everything else is root's.
 */
export function permissionProblems(
  { kind, mode, uid, gid }: Owned,
  dockerGid: number | undefined,
): NonNullable<DaemonFileFacts['problems']> {
  const byGroup = (mode & groupWrites) !== 0 && gid !== 0;
  return [
    ...((mode & othersWrite) === 0 ? [] : ['world-writable' as const]),
    ...(uid === 0 ? [] : ['not-roots' as const]),
    ...(kind === 'socket' && byGroup && gid !== dockerGid ? ['group' as const] : []),
    ...(kind !== 'socket' && byGroup ? ['group-writable' as const] : []),
  ];
}
