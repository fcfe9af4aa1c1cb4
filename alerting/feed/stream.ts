/** A response body that is pulled from an iterable at the client's pace; `onEnd` is called when either side is done or fails. */
export function pulledBody(chunks: AsyncIterable<string>, onEnd: () => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await iterator.next().catch((error: unknown) => {
        onEnd();
        throw error;
      });
      if (next.done !== true) {
        controller.enqueue(encoder.encode(next.value));
        return;
      }
      onEnd();
      controller.close();
    },
    cancel: onEnd,
  });
}
