import type { Bus } from '../../shared/bus/port.ts';
import { readLatest } from '../../shared/bus/read-latest.ts';
import { topic } from '../../shared/bus/topics.ts';
import type { Incident } from '../../shared/incident.ts';
import { incidentOf } from '../incidents/entry.ts';
import { isIncidentKey, restore } from '../incidents/persist.ts';

/** What is open now, or was closed lately, by the state of the incident stage: it may be open for longer than the log keeps its updates. */
export async function readOpenIncidents(bus: Bus, signal: AbortSignal): Promise<readonly Incident[]> {
  const latest = await readLatest(bus, topic.incidentState, { wanted: isIncidentKey, signal });
  const state = new Map([...latest].map(([key, { value }]) => [key, value ?? '']));
  return restore(state).entries.map(incidentOf);
}
