/**
 * Collects the topics that grew and passes them on once per turn of the event loop: a flood of appends becomes a handful of messages, and
 * a single append is not delayed by a timer. Only the topics that the other side reads are passed on.
 */
export function createWakeSender(options: {
  readonly topics: readonly string[];
  readonly send: (topics: readonly string[]) => void;
  readonly defer: (run: () => void) => void;
}): (topics: readonly string[]) => void {
  const wanted = new Set(options.topics);
  const pending = new Set<string>();
  return (topics) => {
    const waits = pending.size > 0;
    for (const topic of topics) if (wanted.has(topic)) pending.add(topic);
    if (waits || pending.size === 0) return;
    options.defer(() => {
      const grown = [...pending];
      pending.clear();
      options.send(grown);
    });
  };
}
