import { z } from 'zod';
import { type Incident, incidentSchema } from '../../shared/incident.ts';
import { oneCalled } from '../called.ts';
import { type Api, NotFoundError } from '../client/api.ts';

const pageSchema = z.object({ incidents: z.array(incidentSchema), total: z.number().int() });

async function incidentOf(api: Api, id: string): Promise<Incident | undefined> {
  try {
    return incidentSchema.parse(await api.get(`/api/v1/incidents/${encodeURIComponent(id)}`));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The incident of that id, or the one whose id begins so, of all that the feed keeps. @throws UserError when there is none, or several */
export async function incidentCalled(api: Api, called: string): Promise<Incident> {
  const query = new URLSearchParams({ id: called, limit: '100' });
  const { incidents, total } = pageSchema.parse(await api.get(`/api/v1/incidents?${query.toString()}`));
  return oneCalled(incidents, called, {
    what: 'incident',
    total,
    title: ({ status, severity, title }) => `${status}, ${severity}: ${title}`,
    fix: 'see `moorwatch incidents`; the feed keeps the newest 5,000, at most 64 MiB of them',
  });
}

/** Each went on in an older one, so there is an end; the bound is for records that say otherwise. */
const mostHops = 50;

/** The incident in which this one goes on in the end, as far as the feed keeps it; undefined when it goes on in none. */
export async function successorOf(api: Api, { mergedInto }: Incident): Promise<Incident | undefined> {
  let successor: Incident | undefined;
  let next = mergedInto;
  for (let hop = 0; next !== undefined && hop < mostHops; hop += 1) {
    const found = await incidentOf(api, next);
    if (found === undefined) break;
    successor = found;
    next = found.mergedInto;
  }
  return successor;
}
