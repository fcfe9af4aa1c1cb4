import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Incident } from '../../shared/incident.ts';
import { incidentOf } from '../incidents/entry.ts';
import { restore } from '../incidents/persist.ts';

/** What is open now by the state of the incident stage: an incident may be open for longer than the log keeps its updates. */
export async function readOpenIncidents(bus: Bus, signal: AbortSignal): Promise<readonly Incident[]> {
  const state = new Map<string, string>();
  for await (const { records } of bus.read(topic.incidentState, { from: 'oldest', follow: false, signal })) {
    for (const { key, value } of records) {
      if (value === null) state.delete(key);
      else if (key.split('/')[1] !== 'ids') state.set(key, value);
    }
  }
  return restore(state).entries.map(incidentOf);
}
