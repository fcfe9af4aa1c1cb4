import type { NewRecord } from '../shared/bus/port.ts';
import { encodeObservation, type Observation } from '../shared/observation.ts';
import { traceparentHeader, traceparentOf } from '../shared/trace-context.ts';

/** An observation as it stands in the topic `observations`: keyed by its host, its trace in a header. */
export const observationRecord = (observation: Observation): NewRecord => ({
  key: observation.host.id,
  value: encodeObservation(observation),
  headers: { [traceparentHeader]: traceparentOf(observation.id) },
  at: observation.at,
});
