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
}

export function createNotices(telemetry: Telemetry, options: NoticesOptions): Notices {
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
      return {
        notice(notice) {
          switch (notice.kind) {
            case 'assigned':
              lag.set(notice.partition, 0);
              break;
            case 'revoked':
              lag.delete(notice.partition);
              break;
            case 'lag':
              lag.set(notice.partition, notice.records);
              break;
            default:
              if (notice.kind === 'session-lost' && notice.error instanceof UserError) options.giveUp(notice.error);
              telemetry.happened(trouble(notice, input));
          }
        },
        partitions: () => [...lag.keys()].sort((a, b) => a - b),
      };
    },
  };
}

type Trouble = Exclude<BusNotice, { readonly kind: 'lag' } | { readonly kind: 'assigned' | 'revoked' }>;

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
    case 'session-lost': {
      const { partition, error } = notice;
      return { name: 'busSessionLost', topic: input, partition, reason: messageOf(error) };
    }
  }
}
