import { againHeader } from '../../shared/again.ts';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { type IncidentUpdate, incidentUpdateSchema } from '../../shared/incident.ts';

/** Hands on incident updates from now on, as the log gets them, until the signal. What cannot be read was told by the feed already. */
export async function followIncidents(
  bus: Bus,
  signal: AbortSignal,
  onUpdate: (update: IncidentUpdate) => void,
): Promise<void> {
  for await (const page of bus.read(topic.incidents, { from: 'newest', follow: true, signal })) {
    for (const { value, headers } of page.records) {
      const update = value === null || headers[againHeader] !== undefined ? undefined : parse(value);
      if (update !== undefined) onUpdate(update);
    }
  }
}

function parse(text: string): IncidentUpdate | undefined {
  try {
    return incidentUpdateSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
