import type { NewRecord } from '../../shared/bus/port.ts';
import { decodeObservation, encodeObservation, type Observation } from '../../shared/observation.ts';
import { traceparentHeader, traceparentOf } from '../../shared/trace-context.ts';
import { gapObservation } from '../sensors/gaps.ts';

/** Observations that waited too long. */
export interface Lost {
  /** When the first of them and the last of them happened, ms. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The gap that takes their place, told of the host of one of them; undefined when that cannot be read. */
export function encodeGap({ from, to, count }: Lost, one: string | null): { readonly record: NewRecord } | undefined {
  const observation = readable(one);
  if (observation === undefined) return undefined;
  const gap = gapObservation(observation.host, {
    from,
    to: Math.max(from, to),
    reason: 'spool-expired',
    scope: ['events', 'exec', 'connections', 'resources'],
    lost: count,
    text: `the brokers were away for so long that ${count} observations were not kept any longer`,
  });
  const headers = { [traceparentHeader]: traceparentOf(gap.id) };
  return { record: { key: observation.host.id, value: encodeObservation(gap), headers, at: gap.at } };
}

function readable(text: string | null): Observation | undefined {
  try {
    return decodeObservation(text, 'spool');
  } catch {
    return undefined;
  }
}
