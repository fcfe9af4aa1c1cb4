import { open } from 'node:fs/promises';

/**
 * The first `most` bytes of cmdline or environ, and one more where there are more: the kernel gives in one read all that is asked for. Through the
 * thread pool, because these may not answer at once (patient.ts).
 */
export async function readBounded(path: string, most: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(most + 1), 0, most + 1, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
