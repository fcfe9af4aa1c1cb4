import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import type { LiveUpdate } from './feed/live.ts';
import { updateHeader } from './incidents/updates.ts';

/** The span from a finding's record to its incident's: both times are the log's own. */
export function traceCorrelation(telemetry: Telemetry): (live: LiveUpdate) => void {
  return ({ update, record }) => {
    const traceId = record.headers[updateHeader.observation];
    const found = Number(record.headers[updateHeader.found]);
    if (traceId === undefined || Number.isNaN(found)) return;
    telemetry.span({
      traceId,
      name: 'correlate',
      startMs: found,
      endMs: record.logged,
      attributes: { 'moorwatch.incident': update.incident.id, 'moorwatch.change': update.change },
    });
  };
}
