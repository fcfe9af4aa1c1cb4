import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { deviceText } from './device-number.ts';

/** Which file it is, whatever it is called (N10). */
export interface FileIdentity {
  /** `major:minor`. */
  readonly device: string;
  readonly inode: string;
  /** When the file or anything about it last changed, milliseconds since the epoch. Unlike mtime nobody can set it. */
  readonly changedAt: number;
  readonly kind: 'file' | 'directory' | 'fifo' | 'other';
}

/** Follows links: for `/proc/PID/exe` and its like to the very file, in whatever file system. Rejects when it is not there. */
export const identify = async (path: string): Promise<FileIdentity> => identityOf(await stat(path, { bigint: true }));

function identityOf(stats: BigIntStats): FileIdentity {
  return {
    device: deviceText(stats.dev),
    inode: String(stats.ino),
    changedAt: Number(stats.ctimeNs / 1_000_000n),
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isFIFO() ? 'fifo' : 'other',
  };
}

/** `major:minor:inode`. */
export const identityText = ({ device, inode }: FileIdentity): string => `${device}:${inode}`;

export const isSameFile = (one: FileIdentity | undefined, other: FileIdentity | undefined): boolean =>
  one !== undefined && other !== undefined && identityText(one) === identityText(other);
