import { type Severity, severityRank } from '../../shared/finding.ts';

/** Where a client's bytes go: a WebSocket or an SSE response. */
export interface Wire {
  send(text: string): void;
  /** Sends an event, where that is another thing than sending anything else. */
  event?(text: string): void;
  /** Bytes handed over that the client has not taken yet. */
  buffered(): number;
  /** The client cannot follow: end the connection and let it come back by its cursor. */
  giveUp(): void;
}

/** How a message looks on this wire. */
export interface Dialect {
  event(message: {
    readonly sub: string;
    readonly seq: number;
    readonly cursor: string;
    readonly data: string;
  }): string;
  gap(message: GapMessage): string;
}

export interface GapMessage {
  readonly sub: string;
  /** Cursors: what lies between them was not sent. */
  readonly from: string;
  readonly to: string;
  readonly reason: 'slow' | 'retention' | 'unknown-position';
  readonly dropped?: number;
}

/** One subscription's way to its client. */
export interface Outlet {
  /** `data` is JSON text, sent as it is. */
  event(message: {
    readonly before: string;
    readonly cursor: string;
    readonly data: string;
    readonly severity: Severity;
  }): void;
  gap(message: Omit<GapMessage, 'sub' | 'dropped'>): void;
  /** Tells of events that were dropped as soon as the client takes bytes again. */
  settle(): void;
  /** Bytes waiting in the wire. */
  buffered(): number;
}

/** Bytes in the wire above which a client is slow. */
export interface Slowness {
  readonly dropLow: number;
  readonly dropHigh: number;
  readonly giveUp: number;
}

/** All clients together have no more than this waiting, so that many of them have less each. Documented in docs/feed.md. */
const mostWaiting = 800 * 1024 * 1024;
const mostWaitingEach = 8 * 1024 * 1024;

export function slownessOf(clients: number): Slowness {
  const giveUp = Math.min(mostWaitingEach, mostWaiting / clients);
  return { dropLow: giveUp / 8, dropHigh: giveUp / 2, giveUp };
}

/**
 * A client that does not keep up loses low severities first, then all but critical, then its connection; what it lost is told once as
 * one gap, before the next event that it gets.
 */
export function createOutlet(options: {
  readonly sub: string;
  readonly wire: Wire;
  readonly dialect: Dialect;
  readonly slowness: Slowness;
  onDropped(count: number): void;
}): Outlet {
  const { sub, wire, dialect, slowness } = options;
  let seq = 0;
  let lost: { from: string; to: string; dropped: number } | undefined;

  const isDropped = (severity: Severity): boolean => {
    const waiting = wire.buffered();
    if (waiting > slowness.dropHigh) return severityRank(severity) < severityRank('critical');
    return waiting > slowness.dropLow && severityRank(severity) < severityRank('high');
  };
  const tellLoss = (): void => {
    if (lost === undefined) return;
    wire.send(dialect.gap({ sub, ...lost, reason: 'slow' }));
    options.onDropped(lost.dropped);
    lost = undefined;
  };

  return {
    event: ({ before, cursor, data, severity }) => {
      if (wire.buffered() > slowness.giveUp) {
        wire.giveUp();
        return;
      }
      if (isDropped(severity)) {
        lost = { from: lost?.from ?? before, to: cursor, dropped: (lost?.dropped ?? 0) + 1 };
        return;
      }
      tellLoss();
      seq += 1;
      const text = dialect.event({ sub, seq, cursor, data });
      if (wire.event === undefined) wire.send(text);
      else wire.event(text);
    },
    gap: (message) => wire.send(dialect.gap({ sub, ...message })),
    settle: () => {
      if (wire.buffered() <= slowness.dropLow) tellLoss();
    },
    buffered: () => wire.buffered(),
  };
}
