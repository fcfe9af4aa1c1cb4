import type { IncidentUpdate } from '../../shared/incident.ts';

/**
 * The sink door: a file under sinks/ that knows one kind of destination, and a line in sinks/index.ts. A sink *sends* one message and says
 * how it went; deliver.ts retries, counts, parks and back-fills. Every sink passes test/support/sink-compliance.ts.
 */
export interface Sink {
  readonly name: string;
  send(update: IncidentUpdate, signal: AbortSignal): Promise<Delivery>;
  /** For sinks that gather: called after the messages of a batch, before their position is committed; what was sent must be safe now. */
  flush?(signal: AbortSignal): Promise<Delivery>;
  close?(): Promise<void>;
}

export type Delivery =
  | { readonly kind: 'delivered' }
  /** The receiver is away or busy: keep the position, try again after `afterMs` (default: backoff by deliver). */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** The receiver will never take this message: park it in `rejected` with the reason and go on. */
  | { readonly kind: 'refused'; readonly reason: string };

/** A message that was not delivered. */
export type Failure = Exclude<Delivery, { readonly kind: 'delivered' }>;
