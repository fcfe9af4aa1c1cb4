import type { Telemetry } from '../shared/telemetry/telemetry.ts';
import { parseTraceparent, traceparentHeader } from '../shared/trace-context.ts';
import type { LiveUpdate } from './feed/live.ts';
import { updateHeader } from './incidents/updates.ts';

/** The span from a finding's record to its incident's: both times are the log's own. */
export function traceCorrelation(telemetry: Telemetry): (live: LiveUpdate) => void {
  return ({ update, record }) => {
    const trace = parseTraceparent(record.headers[traceparentHeader]);
    const found = Number(record.headers[updateHeader.found]);
    if (trace === undefined || Number.isNaN(found)) return;
    telemetry.span({
      traceId: trace.traceId,
      name: 'correlate',
      startMs: found,
      endMs: record.logged,
      attributes: { 'moorwatch.incident': update.incident.id, 'moorwatch.change': update.change },
    });
  };
}
