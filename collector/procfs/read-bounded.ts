import { open } from 'node:fs/promises';

/** The first `most` bytes of a file, and one more where there are more. Through the thread pool: for files that may not answer at once. */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const bytes = Buffer.alloc(most + 1);
    let length = 0;
    while (length <= most) {
      const { bytesRead } = await file.read(bytes, length, most + 1 - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await file.close();
  }
}
