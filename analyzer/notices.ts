import type { BusNotice } from '../shared/bus/port.ts';
import { topic } from '../shared/bus/topics.ts';
import { messageOf } from '../shared/errors.ts';
import type { Happening } from '../shared/telemetry/happenings.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { placeOf } from './place.ts';

/** What the bus notices of the analyzer's group: told to telemetry, and kept as the partitions owned and how far each is behind. */
export interface Notices {
  notice(notice: BusNotice): void;
  partitions(): readonly number[];
}

export function createNotices(telemetry: Telemetry): Notices {
  const lag = new Map<number, number>();
  telemetry.gauge('analyzer_lag_records', 'observations that wait to be analyzed', () =>
    [...lag].map(([partition, value]) => ({ value, attributes: { partition: String(partition) } })),
  );
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
          telemetry.happened(trouble(notice));
      }
    },
    partitions: () => [...lag.keys()].sort((a, b) => a - b),
  };
}

type Trouble = Exclude<BusNotice, { readonly kind: 'lag' } | { readonly kind: 'assigned' | 'revoked' }>;

function trouble(notice: Trouble): Happening {
  const input = topic.observations;
  switch (notice.kind) {
    case 'gap': {
      const { partition, from, to } = notice.gap;
      return { name: 'busGap', topic: notice.gap.topic, partition, lost: to - from };
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
