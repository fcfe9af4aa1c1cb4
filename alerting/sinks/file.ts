import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { messageOf } from '../../shared/errors.ts';
import { type Format, moorwatchFormat } from '../formats/index.ts';
import { rotate, syncNames } from './rotate.ts';
import type { Delivery, Sink } from './sink.ts';

export interface FileSinkOptions {
  readonly name: string;
  /** File that is appended to; made with mode 0600 when absent. */
  readonly path: string;
  /** A file that would become larger is renamed first; absent: never. */
  readonly rotateMegabytes?: number | undefined;
  /** Renamed files that are kept: `path.1` is the newest. Default 5. */
  readonly keep?: number | undefined;
  /** Default: the update as it is. */
  readonly format?: Format;
}

/**
 * JSON lines (NDJSON), one per incident update unless the format has it otherwise. Synced to disk before the position moves. A file that was
 * renamed or removed (logrotate) is opened anew; a full disk is waited out.
 */
export function createFileSink(options: FileSinkOptions): Sink {
  const { name, path, rotateMegabytes, keep = 5, format = moorwatchFormat } = options;
  const mostBytes = rotateMegabytes === undefined ? Number.POSITIVE_INFINITY : rotateMegabytes * 1024 * 1024;
  let current: FileHandle | undefined;
  let isUnsafe = false;
  let queue: Promise<unknown> = Promise.resolve();
  const syncs = countSyncs();

  const sync = async (): Promise<void> => {
    if (!isUnsafe || current === undefined) return;
    isUnsafe = false;
    await current.datasync().catch(syncs.failed);
  };
  const letGo = async (): Promise<void> => {
    const file = current;
    if (file === undefined) return;
    try {
      await sync();
    } finally {
      current = undefined;
      await file.close();
    }
  };
  const write = async (lines: readonly string[]): Promise<void> => {
    if (lines.length === 0) return;
    if (current !== undefined && !(await isSame(current, path))) await letGo();
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    current ??= await openLog(path);
    if (await isFull(current, bytes.length, mostBytes)) {
      await makeRoom();
      current = await openLog(path);
    }
    await appendLines(current, bytes);
    isUnsafe = true;
  };
  /** The file is synced before it gets another name: what is in it is not looked at again. */
  const makeRoom = async (): Promise<void> => {
    await letGo();
    await rotate(path, keep);
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
        syncs.begin(signal);
        await write(format.messages(update).map(({ text }) => text));
      }),
    flush: (signal) =>
      attempt(async () => {
        await sync();
        syncs.end(signal);
      }),
    close: async () => {
      await queue;
      await letGo();
    },
  };
}

/** Which batches are not safe since a sync failed: all that had begun, since nobody knows whose lines are lost. */
function countSyncs() {
  let failures = 0;
  const before = new WeakMap<AbortSignal, number>();
  return {
    failed: (error: unknown): never => {
      failures += 1;
      throw error;
    },
    /** @param batch its signal */
    begin: (batch: AbortSignal): void => {
      if (!before.has(batch)) before.set(batch, failures);
    },
    /** @throws Error when its lines are to be written again */
    end: (batch: AbortSignal): void => {
      const known = before.get(batch);
      before.delete(batch);
      if (known !== undefined && known !== failures) throw new Error('what was written could not be synced');
    },
  };
}

/** Lines of an update are whole or not there: what a full disk left of them is cut off again. */
async function appendLines(file: FileHandle, bytes: Buffer): Promise<void> {
  const { size } = await file.stat();
  try {
    const { bytesWritten } = await file.write(bytes);
    if (bytesWritten < bytes.length) throw new Error(`only ${bytesWritten} of ${bytes.length} bytes could be written`);
  } catch (error) {
    if ((await file.stat()).size > size) await file.truncate(size);
    throw error;
  }
}

/** Whether a line would make a file larger than it may be; a file always takes its first line. */
async function isFull(file: FileHandle, more: number, mostBytes: number): Promise<boolean> {
  if (mostBytes === Number.POSITIVE_INFINITY) return false;
  const { size } = await file.stat();
  return size > 0 && size + more > mostBytes;
}

async function openLog(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const file = await open(path, flags, 0o600);
  if ((await file.stat()).size === 0) await syncNames(path);
  return file;
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
