import { z } from 'zod';
import type { BaselineView } from '../../shared/baseline-view.ts';
import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Views } from '../../shared/profile/profile.ts';
import type { Api } from '../client/api.ts';

const ref = z.looseObject({ id: z.string(), name: z.string() });
const phase = z.looseObject({ phase: z.string(), state: z.string(), sightings: z.number() });
const shape = z.looseObject({
  host: ref,
  workload: ref,
  feature: z.string(),
  mode: z.enum(['learn', 'enforce']),
  phases: z.looseObject({ startup: phase, steady: phase }),
  versions: z.array(z.looseObject({ image: z.string(), name: z.string(), number: z.number() })),
  items: z.array(
    z.looseObject({
      key: z.string(),
      text: z.string(),
      as: z.string(),
      phases: z.array(z.string()),
      known: z.array(z.string()),
      count: z.number(),
    }),
  ),
});
const viewSchema = z.custom<BaselineView>((value) => shape.safeParse(value).success, 'is no baseline of this version');
const answerSchema = z.object({ baselines: z.array(viewSchema) });

/** Which workload is meant: by id or name, on the host of this id or name. */
export interface Wanted {
  readonly workload: string;
  readonly host?: string | undefined;
}

/**
 * The baselines of the one workload that is meant.
 * @throws UserError when it is not known, or when several are called so
 */
export async function viewsOf(api: Api, { workload, host }: Wanted): Promise<Views> {
  const path = `/api/v1/baselines/${encodeURIComponent(workload)}`;
  const { baselines } = answerSchema.parse(await api.get(path));
  const onHost = baselines.filter((view) => host === undefined || view.host.id === host || view.host.name === host);
  // An id is one workload, whatever else has it as its name.
  const byId = onHost.filter((view) => view.workload.id === workload);
  const views = byId.length > 0 ? byId : onHost;
  const [first, ...rest] = views;
  if (first === undefined) throw elsewhere(workload, baselines);
  const others = rest.filter((view) => placeOf(view) !== placeOf(first));
  if (others.length > 0) throw several(workload, [first, ...others]);
  return [first, ...rest];
}

const placeOf = ({ host, workload }: BaselineView): string => JSON.stringify([host.id, workload.id]);

/** Each workload and its host once, for a person who is to choose. */
const places = (views: readonly BaselineView[]): string =>
  [...new Map(views.map((view) => [placeOf(view), view])).values()]
    .map(({ host, workload }) => `${escapeControl(workload.id, 80)} on ${escapeControl(host.name, 80)}`)
    .slice(0, 20)
    .join(', ');

const elsewhere = (workload: string, views: readonly BaselineView[]): UserError =>
  new UserError(`the workload ${escapeControl(workload, 200)} has no baseline on that host; it has: ${places(views)}`, {
    fix: 'name another host with --host, or leave it out',
  });

const several = (workload: string, views: readonly BaselineView[]): UserError =>
  new UserError(`several workloads are called ${escapeControl(workload, 200)}: ${places(views)}`, {
    fix: 'name the host with --host, or the workload by its id',
  });
