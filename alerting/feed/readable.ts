import { topic } from '../../shared/bus/topics.ts';
import { decodeObservation, type Observation } from '../../shared/observation.ts';

/** An observation of the log; what cannot be read the analyzer has told and put aside. */
export function readable(text: string): Observation | undefined {
  try {
    return decodeObservation(text, topic.observations);
  } catch {
    return undefined;
  }
}
