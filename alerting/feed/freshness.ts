/** As of when the answers are that the feed gives from what it keeps. */
export interface Freshness {
  /** When the log last answered, ms. */
  readonly asOf: number;
  /** False: the log is still being read, or has not answered for 30 s; what happened since then is not in the answer. */
  readonly current: boolean;
}

/** A log that took no status of ours for so long does not answer: six of them. */
const silenceMs = 30_000;

export function createFreshness(options: {
  readonly clock: () => number;
  /** When the log last answered, ms; absent: it always does. */
  readonly answeredAt?: (() => number) | undefined;
  /** The log as it was at the start is read. */
  isRead(): boolean;
}): () => Freshness {
  const { clock, isRead } = options;
  const answeredAt = options.answeredAt ?? clock;
  return () => {
    const asOf = answeredAt();
    return { asOf, current: isRead() && clock() - asOf < silenceMs };
  };
}
