/** When the owner of a quiet partition appends a tick: the stage's earliest timer is past and no record has told the stage so. */
export interface Ticks {
  /** How long a quiet partition may be waited on before the next tick is due. */
  waitMs(now: number): number;
  due(now: number): boolean;
  appended(now: number): void;
  /** A commit said when the earliest timer is; undefined: there is none. */
  wakeAt(time: number | undefined): void;
}

/** Not more ticks than this, also when the log's clock is behind ours and a tick does not reach the stage's timer yet. */
const pauseMs = 250;

/** `asked`: the stage has state and has not said yet what its earliest timer is, so the first quiet moment asks it. */
export function createTicks({ asked }: { readonly asked: boolean }): Ticks {
  let wake = asked ? 0 : Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  const next = (): number => Math.max(wake, last + pauseMs);
  return {
    waitMs: (now) => Math.max(0, Math.ceil(next() - now)),
    due: (now) => now >= next(),
    appended(now) {
      last = now;
    },
    wakeAt(time) {
      wake = time ?? Number.POSITIVE_INFINITY;
    },
  };
}
