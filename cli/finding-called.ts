import { z } from 'zod';
import { type Finding, findingSchema } from '../shared/finding.ts';
import { checkLength, oneCalled } from './called.ts';
import { type Api, NotFoundError } from './client/api.ts';

const pageSchema = z.object({ findings: z.array(findingSchema) });

/** What a person tells a finding by. */
export const findingTitle = ({ at, severity, summary }: Finding): string =>
  `${new Date(at).toISOString()}  ${severity}: ${summary}`;

/** What there is to do where no finding is called so. */
export const noFindingFix =
  'see `moorwatch findings` for the ids of deviations, `moorwatch incidents show ID` for those of an incident, `moorwatch findings --json` for all that are kept';

/** The finding of that id, or the one whose id begins so, of all that the log keeps. @throws UserError when there is none, or several */
export async function findingCalled(api: Pick<Api, 'get'>, called: string): Promise<Finding> {
  const exact = await findingOf(api, called);
  if (exact !== undefined) return exact;
  checkLength(called, 'finding');
  const query = new URLSearchParams({ id: called, limit: '100' });
  const { findings } = pageSchema.parse(await api.get(`/api/v1/findings?${query.toString()}`));
  return oneCalled(findings, called, { what: 'finding', title: findingTitle, fix: noFindingFix });
}

async function findingOf(api: Pick<Api, 'get'>, id: string): Promise<Finding | undefined> {
  if (id === '') return undefined;
  try {
    return findingSchema.parse(await api.get(`/api/v1/findings/${encodeURIComponent(id)}`));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
