import { z } from 'zod';
import { suggest } from '../../shared/config/suggest.ts';
import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Api } from '../client/api.ts';

const listSchema = z.object({ baselines: z.array(z.looseObject({ workload: z.looseObject({ name: z.string() }) })) });
const mostNamed = 20;

/** That no workload is called so, with the one that was meant, or those that there are. */
export async function noWorkload(api: Pick<Api, 'get'>, called: string): Promise<UserError> {
  const { baselines } = listSchema.parse(await api.get('/api/v1/baselines'));
  const names = [...new Set(baselines.map(({ workload }) => workload.name))];
  const meant = suggest(called, names);
  const shown = names.slice(0, mostNamed).map((name) => escapeControl(name, 200));
  const more = names.length - shown.length;
  const all = names.length === 0 ? 'nothing was learned yet' : `there are: ${shown.join(', ')}`;
  return new UserError(`no workload of the id or name ${escapeControl(JSON.stringify(called), 200)} has a baseline`, {
    fix: `${meant === undefined ? '' : `did you mean ${escapeControl(meant, 200)}? `}${all}${more > 0 ? ` and ${more} more, see \`moorwatch baselines list\`` : ''}`,
  });
}
