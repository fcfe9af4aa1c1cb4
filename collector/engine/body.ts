import { MalformedError, messageOf } from '../../shared/errors.ts';

/** Largest answer that is read: a list of thousands of containers with many labels fits. */
const longest = 32 * 1024 * 1024;

/** Reads a JSON body up to a cap. @throws MalformedError when it is longer or no JSON. */
export async function readJson(chunks: AsyncIterable<Buffer>, place: string): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > longest) throw new MalformedError(`longer than ${longest} bytes`, { place });
    parts.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'));
  } catch (error) {
    throw new MalformedError(`not JSON: ${messageOf(error)}`, { place, cause: error });
  }
}
