import type { Happening } from '../../shared/telemetry/happenings.ts';

/** How one process is, at one moment. */
export interface HealthReport {
  /** When it was judged, ms since 1970. */
  readonly at: number;
  readonly pid: number;
  /** What keeps it from its work; a person or a restart is needed. */
  readonly problem?: string;
  /** What goes wrong around it while it works: worth telling, no reason to call it unhealthy. */
  readonly notes: readonly string[];
}

export interface HealthBook {
  /** Everything that the process tells of itself. */
  saw(happening: Happening, now: number): void;
  /** The log was asked something: it answered, or did not and why. */
  logAsked(outcome: 'answered' | { readonly failed: string }, now: number): void;
  /** `partitions`: how many this process owns in all its groups. */
  report(now: number, partitions: number): HealthReport;
}

export interface HealthBookOptions {
  readonly pid: number;
  readonly startedAt: number;
  /** Goes on with its work while the log is away: a collector with a spool. */
  readonly worksWithoutLog: boolean;
}

/** A log that is silent for so long is a problem: longer than a broker takes to restart or a leader to change. */
const silenceMs = 30_000;
/** A session is lost now and then (a rebalance, a restart of the broker); one lost in each of three such windows in a row comes to nothing. */
const windowMs = 10_000;
/** How long a loss is worth a note. */
const droppedMs = 60_000;

/** Judges a process by what it told. Pure: the time is given. */
export function createHealthBook({ pid, startedAt, worksWithoutLog }: HealthBookOptions): HealthBook {
  let answeredAt = startedAt;
  let silentWhy = '';
  let engine: string | undefined;
  let spooling = false;
  let lost: { readonly at: number; readonly reason: string }[] = [];
  let dropped: { readonly at: number; readonly reason: string } | undefined;

  const silence = (now: number): string | undefined => {
    const seconds = Math.round((now - answeredAt) / 1_000);
    return now - answeredAt > silenceMs ? `the log has not answered for ${seconds} s: ${silentWhy}` : undefined;
  };
  const sessions = (now: number, partitions: number): string | undefined => {
    const last = lost.at(-1);
    if (last === undefined) return undefined;
    if (partitions === 0) return `no partition could be opened: ${last.reason}`;
    const again = [0, 1, 2].every((n) =>
      lost.some(({ at }) => at > now - (n + 1) * windowMs && at <= now - n * windowMs),
    );
    return again ? `partitions are lost again and again: ${last.reason}` : undefined;
  };

  return {
    saw(happening, now) {
      if (happening.name === 'engineUnreachable') engine = happening.reason;
      if (happening.name === 'engineFound') engine = undefined;
      if (happening.name === 'busSessionLost') lost = [...lost.slice(-99), { at: now, reason: happening.reason }];
      if (happening.name === 'spoolStarted') spooling = true;
      if (happening.name === 'spoolDrained') spooling = false;
      if (happening.name === 'observationDropped') dropped = { at: now, reason: happening.reason };
    },
    logAsked(outcome, now) {
      if (outcome === 'answered') answeredAt = now;
      else silentWhy = outcome.failed;
    },
    report(now, partitions) {
      lost = lost.filter(({ at }) => now - at < 3 * windowMs);
      const silent = silence(now);
      const problem = (worksWithoutLog ? undefined : silent) ?? sessions(now, partitions);
      const notes = [
        ...(worksWithoutLog && silent !== undefined ? [silent] : []),
        ...(spooling ? ['the brokers take nothing: what is observed waits on disk'] : []),
        ...(engine === undefined ? [] : [`the engine does not answer: ${engine}`]),
        ...(dropped !== undefined && now - dropped.at < droppedMs ? [`observations were lost: ${dropped.reason}`] : []),
      ];
      return { at: now, pid, ...(problem === undefined ? {} : { problem }), notes };
    },
  };
}
