/** One load on the feed. */
export interface Work {
  readonly name: string;
  /** Incidents a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly batchMs?: number;
}

/** Of the clients that read; times in ms. */
export interface ClientsReport {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
  readonly events: number;
  /** Connections that the server ended. */
  readonly closed: number;
}

/** In MiB. */
export interface ServerReport {
  readonly rss: number;
  readonly rssBefore: number;
}

export const token = 'a-token-of-the-bench-of-sufficient-length';

/** Answers each message of the parent. */
export function onQuestion<T>(work: (question: T) => Promise<object>): void {
  process.on('message', (question: T) => {
    void work(question).then((answer) => process.send?.(answer));
  });
}
