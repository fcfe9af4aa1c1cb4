import type { GapFacts } from '../../shared/observation.ts';

export interface Loss {
  /** When the lost event happened, as far as it is known; ms. */
  readonly at: number;
  readonly kind: 'queue-full' | 'unreadable' | 'unanswered';
}

/** Events that were not taken, gathered so that a flood of them is one gap and not a flood of gaps. */
export interface Losses {
  add(loss: Loss): void;
  /** The gaps since the last call. */
  take(): readonly GapFacts[];
}

const sentences = {
  'queue-full': (count: number) => `${count} events came faster than they could be handled and were not taken`,
  unanswered: (count: number) => `of ${count} execs the engine did not say who runs what: it did not answer in time`,
  unreadable: (count: number) => `${count} events of the engine could not be read`,
};

export function createLosses(): Losses {
  const gathered = new Map<Loss['kind'], { from: number; to: number; lost: number }>();
  return {
    add: ({ at, kind }) => {
      const { from, to, lost } = gathered.get(kind) ?? { from: at, to: at, lost: 0 };
      gathered.set(kind, { from: Math.min(from, at), to: Math.max(to, at), lost: lost + 1 });
    },
    take: () => {
      const gaps = [...gathered].map(
        ([kind, span]): GapFacts => ({
          ...span,
          reason: kind === 'queue-full' ? kind : 'sensor-failed',
          scope: ['events', 'exec'],
          text: sentences[kind](span.lost),
        }),
      );
      gathered.clear();
      return gaps;
    },
  };
}
