import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf } from '../../shared/errors.ts';
import type { Delivery, Sink } from './sink.ts';

export interface FileSinkOptions {
  readonly name: string;
  /** File that is appended to; made with mode 0600 when absent. */
  readonly path: string;
}

/**
 * One JSON line per incident update (NDJSON). Synced to disk before the position moves. A file that was renamed or removed (logrotate) is
 * opened anew; a full disk is waited out.
 */
export function createFileSink({ name, path }: FileSinkOptions): Sink {
  let current: FileHandle | undefined;
  let isUnsafe = false;
  let queue: Promise<unknown> = Promise.resolve();

  const sync = async (): Promise<void> => {
    if (!isUnsafe) return;
    // Lines whose file could not be synced before it was let go are sent again.
    isUnsafe = false;
    if (current === undefined) throw new Error('what was written could not be synced');
    await current.datasync();
  };
  const letGo = async (): Promise<void> => {
    const file = current;
    if (file === undefined) return;
    try {
      await sync();
    } catch (error) {
      isUnsafe = true;
      throw error;
    } finally {
      current = undefined;
      await file.close();
    }
  };
  const write = async (line: string): Promise<void> => {
    if (current !== undefined && !(await isSame(current, path))) await letGo();
    current ??= await openLog(path);
    await appendLine(current, line);
    isUnsafe = true;
  };
  /** One after the other: the partitions of the log share the file. */
  const attempt = (work: () => Promise<void>): Promise<Delivery> => {
    const turn = queue.then(work).then(
      (): Delivery => ({ kind: 'delivered' }),
      async (error: unknown): Promise<Delivery> => {
        await letGo().catch(() => undefined);
        return { kind: 'retry', reason: `${path}: ${messageOf(error)}${adviceOn(error)}` };
      },
    );
    queue = turn;
    return turn;
  };

  return {
    name,
    send: (update, signal) =>
      attempt(async () => {
        signal.throwIfAborted();
        await write(JSON.stringify(update));
      }),
    flush: () => attempt(sync),
    close: async () => {
      await queue;
      await letGo();
    },
  };
}

/** A line is whole or not there: what a full disk left of it is cut off again. */
async function appendLine(file: FileHandle, line: string): Promise<void> {
  const { size } = await file.stat();
  const bytes = Buffer.from(`${line}\n`);
  try {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written`);
  } catch (error) {
    if ((await file.stat()).size > size) await file.truncate(size);
    throw error;
  }
}

async function openLog(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  return open(path, flags, 0o600);
}

/** Whether the path still leads to the file that is open. */
async function isSame(file: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  if (there === undefined) return false;
  const here = await file.stat();
  return here.ino === there.ino && here.dev === there.dev;
}

/** Started as root, alerting runs as another account than the person who wrote the path down. */
function adviceOn(error: unknown): string {
  const refused = error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM');
  return refused
    ? ` (alerting runs as uid ${process.geteuid?.() ?? 'unknown'}; give the directory to that account)`
    : '';
}
