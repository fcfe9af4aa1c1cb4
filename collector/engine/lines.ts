/** Longest line that is taken for an event: an exec's command line can have 128 kB and labels more. */
const longest = 4 * 1024 * 1024;

/** Splits a byte stream into lines. A line beyond the cap is given up and reported through `tooLong`. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer | string>,
  tooLong: (characters: number) => void,
): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let skipping = false;
  for await (const chunk of chunks) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const parts = rest.split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (!skipping && part !== '') yield part;
      skipping = false;
    }
    if (rest.length <= longest) continue;
    tooLong(rest.length);
    rest = '';
    skipping = true;
  }
}
