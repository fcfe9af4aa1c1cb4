import type { BusNotice } from '../shared/bus/port.ts';
import { messageOf } from '../shared/errors.ts';
import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { placeOf } from './rejected.ts';

/** What the bus notices about a topic, told as what happened. */
export function noticed(topic: string, telemetry: Telemetry): (notice: BusNotice) => void {
  return (notice) => {
    switch (notice.kind) {
      case 'gap': {
        const { partition, from, to } = notice.gap;
        telemetry.happened({ name: 'busGap', topic, partition, lost: to - from });
        return;
      }
      case 'batch-failed': {
        const { partition, attempt, error } = notice;
        telemetry.happened({ name: 'batchFailed', topic, partition, attempt, reason: messageOf(error) });
        return;
      }
      case 'rejected':
        telemetry.happened({
          name: 'recordRejected',
          topic,
          place: placeOf(notice.record),
          reason: messageOf(notice.error),
        });
        return;
      case 'session-lost':
        telemetry.happened({
          name: 'busSessionLost',
          topic,
          partition: notice.partition,
          reason: messageOf(notice.error),
        });
        return;
      default:
    }
  };
}
