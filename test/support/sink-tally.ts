import type { Delivery, Sink } from '../../alerting/sinks/sink.ts';
import { eventually } from './eventually.ts';

const nothing = Promise.resolve<Delivery>({ kind: 'delivered' });

export type Tally = ReturnType<typeof createTally>;

/** Who was told what, when, how often, while a sink is in trouble. */
export function createTally() {
  const appended = new Map<string, number>();
  const attempts = new Map<string, number>();
  /** When each attempt began that has not ended. */
  const underWay = new Map<symbol, number>();
  let failures = 0;
  const judged = async (delivering: Promise<Delivery>): Promise<Delivery> => {
    const attempt = Symbol('attempt');
    underWay.set(attempt, performance.now());
    try {
      const delivery = await delivering;
      if (delivery.kind !== 'delivered') failures += 1;
      return delivery;
    } finally {
      underWay.delete(attempt);
    }
  };
  const seen = { witness: new Map<string, number>(), feed: new Map<string, number>() };
  let onSending: (() => void) | undefined;
  const witness: Sink = {
    name: 'witness',
    send: async ({ id }) => {
      if (!seen.witness.has(id)) seen.witness.set(id, performance.now());
      return { kind: 'delivered' };
    },
  };
  const after = (times: ReadonlyMap<string, number>): number[] =>
    [...times].map(([id, at]) => at - (appended.get(id) ?? at));
  return {
    appended,
    attempts,
    /** How often the sink could not send, or what it sent was not safe. */
    failures: () => failures,
    /** How long the oldest attempt that has not ended is under way, ms; 0: there is none. */
    heldUpFor: () => Math.max(0, ...[...underWay.values()].map((began) => performance.now() - began)),
    /** The process is dead, and with it what it had under way. */
    abandoned: () => underWay.clear(),
    seen,
    witness,
    counting: (sink: Sink): Sink => ({
      ...sink,
      send: (one, signal) => {
        attempts.set(one.id, (attempts.get(one.id) ?? 0) + 1);
        const sending = judged(sink.send(one, signal));
        onSending?.();
        return sending;
      },
      ...(sink.flush !== undefined && { flush: (signal) => judged(sink.flush?.(signal) ?? nothing) }),
    }),
    /** Resolves when the sink is sending something. */
    sending: () =>
      new Promise<void>((resolve) => {
        onSending = () => {
          onSending = undefined;
          resolve();
        };
      }),
    latencies: async () => {
      const all = () => seen.feed.size === appended.size && seen.witness.size === appended.size;
      await eventually(
        () => all() || undefined,
        () => 'the feed or the other sink has not everything',
      );
      return { feed: after(seen.feed), witness: after(seen.witness) };
    },
  };
}
