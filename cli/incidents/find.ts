import { z } from 'zod';
import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import { type Incident, incidentSchema } from '../../shared/incident.ts';
import { type Api, NotFoundError } from '../client/api.ts';

const pageSchema = z.object({ incidents: z.array(incidentSchema) });

/** Lists have the newest alone; by its whole id each one that is kept is found. */
const wholeId = /^[0-9a-f]{32}$/;

async function incidentOf(api: Api, id: string): Promise<Incident | undefined> {
  try {
    return incidentSchema.parse(await api.get(`/api/v1/incidents/${encodeURIComponent(id)}`));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

/** The incident of that id, or the one whose id begins so. @throws UserError when there is none, or several */
export async function incidentCalled(api: Api, called: string): Promise<Incident> {
  const whole = wholeId.test(called) ? await incidentOf(api, called) : undefined;
  if (whole !== undefined) return whole;
  const { incidents } = pageSchema.parse(await api.get('/api/v1/incidents?limit=1000'));
  const found = incidents.filter(({ id }) => id.startsWith(called));
  const [first, ...others] = found;
  if (first !== undefined && others.length === 0) return first;
  const shown = escapeControl(called, 80);
  const fix = 'give more of an id from `moorwatch incidents`';
  if (first !== undefined) throw new UserError(`${found.length} incidents begin with ${shown}`, { fix });
  throw new UserError(`no incident begins with ${shown}`, {
    fix: 'see `moorwatch incidents`; only the newest are kept, and one that is merged has the id of the other',
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
