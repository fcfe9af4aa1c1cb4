import { messageOf, UserError } from '../errors.ts';
import type { Happening } from '../telemetry/happenings.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { BusNotice } from './port.ts';
import { placeOf } from './rejection.ts';

/** What the bus notices of the groups of one process: troubles are told to telemetry, how far each partition is behind is a gauge. */
export interface Notices {
  /** For one group's processing of a topic; the labels tell its lag from that of others. */
  watch(input: string, labels?: Readonly<Record<string, string>>): Watch;
}

export interface Watch {
  notice(notice: BusNotice): void;
  /** The partitions owned now. */
  partitions(): readonly number[];
}

export interface NoticesOptions {
  /** Of the gauge that says how far behind each partition is. */
  readonly name: string;
  readonly help: string;
  /** This process cannot go on: only a person can mend what the bus met. */
  giveUp(error: UserError): void;
  /** ms, of any beginning; default: the process's. */
  readonly now?: () => number;
}

export function createNotices(telemetry: Telemetry, options: NoticesOptions): Notices {
  const now = options.now ?? ((): number => performance.now());
  const all: { readonly labels: Readonly<Record<string, string>>; readonly lag: ReadonlyMap<number, number> }[] = [];
  telemetry.gauge(options.name, options.help, () =>
    all.flatMap(({ labels, lag }) =>
      [...lag].map(([partition, value]) => ({ value, attributes: { ...labels, partition: String(partition) } })),
    ),
  );
  return {
    watch(input, labels = {}) {
      const lag = new Map<number, number>();
      all.push({ labels, lag });
      let outage: Outage | undefined;
      return {
        notice(notice) {
          switch (notice.kind) {
            case 'assigned':
              lag.set(notice.partition, 0);
              if (outage !== undefined) telemetry.happened(regained(outage, { input, now: now() }));
              outage = undefined;
              break;
            case 'revoked':
              lag.delete(notice.partition);
              break;
            case 'lag':
              lag.set(notice.partition, notice.records);
              break;
            case 'session-lost': {
              outage ??= { since: now(), failures: 0, reasons: new Map() };
              telemetry.happened(lost(notice, { input, outage }));
              if (notice.error instanceof UserError) options.giveUp(notice.error);
              break;
            }
            default:
              telemetry.happened(trouble(notice, input));
          }
        },
        partitions: () => [...lag.keys()].sort((a, b) => a - b),
      };
    },
  };
}

/** From the first session that was lost until a partition is read again. */
interface Outage {
  readonly since: number;
  failures: number;
  /** How often each was the reason. */
  readonly reasons: Map<string, number>;
}

type Lost = Extract<BusNotice, { readonly kind: 'session-lost' }>;

/** Counts it, too. */
function lost({ partition, error }: Lost, { input, outage }: { input: string; outage: Outage }): Happening {
  const reason = messageOf(error);
  const again = outage.reasons.get(reason) ?? 0;
  outage.failures += 1;
  outage.reasons.set(reason, again + 1);
  return {
    name: 'busSessionLost',
    topic: input,
    ...(partition < 0 ? {} : { partition }),
    reason,
    ...(again === 0 ? {} : { again }),
    ...(error instanceof UserError ? { ends: true } : {}),
  };
}

function regained({ since, failures }: Outage, { input, now }: { input: string; now: number }): Happening {
  return { name: 'busSessionRegained', topic: input, seconds: Math.round((now - since) / 1_000), failures };
}

type Trouble = Exclude<BusNotice, Lost | { readonly kind: 'lag' } | { readonly kind: 'assigned' | 'revoked' }>;

function trouble(notice: Trouble, input: string): Happening {
  switch (notice.kind) {
    case 'gap': {
      const { partition, from, to } = notice.gap;
      return { name: 'busGap', topic: notice.gap.topic, partition, lost: to - from };
    }
    case 'no-position': {
      const { partition, from, records } = notice;
      return { name: 'busPositionMissing', topic: input, partition, from, records };
    }
    case 'batch-failed': {
      const { partition, attempt, error } = notice;
      return { name: 'batchFailed', topic: input, partition, attempt, reason: messageOf(error) };
    }
    case 'rejected': {
      const { record, error } = notice;
      return { name: 'recordRejected', topic: record.topic, place: placeOf(record), reason: messageOf(error) };
    }
  }
}
