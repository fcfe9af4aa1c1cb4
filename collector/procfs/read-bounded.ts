import { open } from 'node:fs/promises';

/** What nearly every command line and environment fits into. */
const usual = 16 * 1024;
const rowsAtOnce = 64 * 1024;

/**
 * The first `most` bytes of cmdline or environ, and one more where there are more: the kernel gives in one read all that is asked for. Through the
 * thread pool, because these may not answer at once (patient.ts).
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const first = await read(Math.min(usual, most + 1), 0);
    if (first.length < usual || first.length > most) return first;
    return Buffer.concat([first, await read(most + 1 - first.length, first.length)]);
  } finally {
    await file.close();
  }

  async function read(bytes: number, from: number): Promise<Buffer> {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(bytes), 0, bytes, from);
    return buffer.subarray(0, bytesRead);
  }
}

/**
 * The beginning of a table that the kernel makes in memory (mountinfo), whole lines of at most `most` bytes: it gives some rows with each read. `isCut`:
 * there is more of it.
 */
export async function readRows(
  path: string,
  most: number,
): Promise<{ readonly text: string; readonly isCut: boolean }> {
  const file = await open(path, 'r');
  try {
    const parts: Buffer[] = [];
    let length = 0;
    while (length <= most) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(rowsAtOnce), 0, rowsAtOnce, null);
      if (bytesRead === 0) return { text: Buffer.concat(parts).toString('utf8'), isCut: false };
      parts.push(buffer.subarray(0, bytesRead));
      length += bytesRead;
    }
    const text = Buffer.concat(parts).subarray(0, most).toString('utf8');
    return { text: text.slice(0, text.lastIndexOf('\n') + 1), isCut: true };
  } finally {
    await file.close();
  }
}
