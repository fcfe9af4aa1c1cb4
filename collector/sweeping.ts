import { exhaustMap, from, ignoreElements, interval, merge, mergeMap, type Observable, tap } from 'rxjs';
import type { HostRef, Observation } from '../shared/observation.ts';
import { bootId } from './procfs/host.ts';
import { createSweepSchedule } from './sweep-schedule.ts';
import type { SweptContainer } from './sweeps.ts';

/** What a sensor needs that looks into all of the containers' /proc, over and over. */
export interface SweepOptions {
  readonly procfs: string;
  /** Between two turns, ms; in each those are looked at that are new or in which something began. */
  readonly fastMs: number;
  /** Between two looks at a quiet container, ms. */
  readonly slowMs: number;
  /** Ids of containers in which something just began. */
  readonly stirred$: Observable<string>;
  containers(): readonly SweptContainer[];
  host(): HostRef | undefined;
  now(): number;
}

export interface SweepTurn {
  readonly host: HostRef;
  /** bootId */
  readonly boot: string;
  /** When it began. */
  readonly now: number;
  readonly containers: readonly SweptContainer[];
  /** Ids of those that are to be looked at in this turn. */
  readonly due: ReadonlySet<string>;
}

/** How often it is asked whether /proc is still there, ms: without it every container looks as if it had ended. */
const stillThereMs = 5_000;

/** Turns for ever, never two at a time, once the host is known. Fails when the /proc that it began with is there no more. */
export function sweeping(
  options: SweepOptions,
  turn: (of: SweepTurn) => Promise<readonly Observation[]>,
): Observable<Observation> {
  const schedule = createSweepSchedule(options);
  let seenAt = options.now();
  const next = async (boot: string): Promise<readonly Observation[]> => {
    const host = options.host();
    if (host === undefined) return [];
    const now = options.now();
    if (boot !== '' && Math.abs(now - seenAt) >= stillThereMs) {
      if ((await bootId(options.procfs)) !== boot) throw new Error(`the host’s /proc is gone from ${options.procfs}`);
      seenAt = now;
    }
    const containers = options.containers();
    return turn({ host, boot, now, containers, due: schedule.due(now, containers) });
  };
  const turns$ = from(bootId(options.procfs)).pipe(
    mergeMap((boot) => interval(options.fastMs).pipe(exhaustMap(() => next(boot)))),
    mergeMap((observations) => observations),
  );
  const stirs$ = options.stirred$.pipe(
    tap((id) => schedule.stir(id, options.now())),
    ignoreElements(),
  );
  return merge(turns$, stirs$);
}
