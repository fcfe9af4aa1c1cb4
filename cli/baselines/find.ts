import { z } from 'zod';
import { phases } from '../../shared/baseline-state.ts';
import type { BaselineView, ItemView } from '../../shared/baseline-view.ts';
import { suggest } from '../../shared/config/suggest.ts';
import { UserError } from '../../shared/errors.ts';
import { escapeControl } from '../../shared/escape.ts';
import type { Views } from '../../shared/profile/profile.ts';
import { type Api, NotFoundError } from '../client/api.ts';
import { noWorkload } from './workload-names.ts';
import { yamlText } from './yaml.ts';

const ref = z.object({ id: z.string(), name: z.string() });
const phaseSchema = z.object({
  phase: z.enum(phases),
  state: z.string(),
  since: z.number().optional(),
  sightings: z.number(),
  newProbability: z.number(),
  missing: z.array(z.string()),
});
const itemSchema = z.object({
  key: z.string(),
  text: z.string(),
  as: z.string(),
  phases: z.array(z.enum(phases)),
  known: z.array(z.enum(phases)),
  count: z.number(),
  first: z.number(),
  last: z.number(),
  approved: z.object({ by: z.string(), at: z.number(), reason: z.string() }).optional(),
});
/** What commands look at; a baseline has more. */
const shape = z.object({
  host: ref,
  workload: ref,
  feature: z.string(),
  state: z.string(),
  mode: z.enum(['learn', 'enforce']),
  phases: z.object({ startup: phaseSchema, steady: phaseSchema }),
  versions: z.array(z.object({ image: z.string(), name: z.string(), number: z.number() })),
  items: z.array(itemSchema),
});
const baselineSchema = z.custom<BaselineView>(
  (value) => shape.safeParse(value).success,
  'is no baseline of this version',
);
const baselinesSchema = z.object({ baselines: z.array(baselineSchema) });

async function baselinesOf(api: Pick<Api, 'get'>, called: string): Promise<readonly BaselineView[]> {
  if (called === '') throw await noWorkload(api, called);
  try {
    return baselinesSchema.parse(await api.get(`/api/v1/baselines/${encodeURIComponent(called)}`)).baselines;
  } catch (error) {
    throw error instanceof NotFoundError ? await noWorkload(api, called) : error;
  }
}

/** The baselines of one workload on one host, one for each feature; `host` tells apart workloads of the same name. @throws UserError */
export async function findWorkload(api: Pick<Api, 'get'>, called: string, host: string | undefined): Promise<Views> {
  const all = await baselinesOf(api, called);
  const onHost = all.filter((one) => host === undefined || one.host.id === host || one.host.name === host);
  // An id is one workload, whatever else has it as its name.
  const byId = onHost.filter((one) => one.workload.id === called);
  const wanted = byId.length > 0 ? byId : onHost;
  const [first, ...rest] = wanted;
  if (first === undefined) {
    throw new UserError(`${shown(called)} has no baseline on ${shown(host ?? '')}`, {
      fix: `it has on: ${namesOf(all.map((one) => one.host.name))}`,
    });
  }
  const isOne = rest.every((one) => one.host.id === first.host.id && one.workload.id === first.workload.id);
  if (isOne) return [first, ...rest];
  const candidates = wanted.map(
    (one) => `${shown(one.workload.id)} on ${shown(one.host.name)} (${shown(one.host.id)})`,
  );
  throw new UserError(`${shown(called)} is the name of several workloads:\n${listOf(candidates)}`, {
    fix: 'name the workload by its id, or its host with --on',
  });
}

/** The baseline of one feature. @throws UserError */
export function findFeature(baselines: Views, feature: string): BaselineView {
  const found = baselines.find((one) => one.feature === feature);
  if (found !== undefined) return found;
  const names = baselines.map((one) => one.feature);
  const meant = suggest(feature, names);
  throw new UserError(`${shown(baselines[0].workload.name)} has no baseline of ${shown(feature)}`, {
    fix: `${meant === undefined ? '' : `did you mean ${shown(meant)}? `}it has of: ${namesOf(names)}`,
  });
}

/**
 * The item by its key, or by its text as it is or as a command prints it. What is only part of a text is no item: that would be guessing
 * what somebody decides about. @throws UserError
 */
export function findItem({ items, workload, feature }: BaselineView, called: string): ItemView {
  const byKey = items.find(({ key }) => key === called);
  const found = byKey === undefined ? items.filter(({ text }) => spellings(text).includes(called)) : [byKey];
  const [item, ...more] = found;
  if (item !== undefined && more.length === 0) return item;
  const near = item === undefined ? nearOf(items, called) : found;
  const candidates = near.slice(0, 20).map(({ key, text }) => `${shown(key)}  ${shown(text)}`);
  const what = `${shown(called)} ${item === undefined ? 'is no item' : 'are several items'} of ${shown(feature)} of ${shown(workload.name)}`;
  throw new UserError(candidates.length === 0 ? what : `${what}:\n${listOf(candidates)}`, {
    fix:
      candidates.length === 0
        ? `see \`moorwatch baselines show ${shown(workload.id)}\`, and name an item by its text or key`
        : 'name it by its key',
  });
}

/** What has it in its text, or what was mistyped. */
function nearOf(items: readonly ItemView[], called: string): readonly ItemView[] {
  if (called === '') return [];
  const having = items.filter(({ text }) => text.includes(called));
  if (having.length > 0) return having;
  const meant = suggest(
    called,
    items.map(({ text }) => text),
  );
  return items.filter(({ text }) => text === meant);
}

/** A text as it is, as a terminal line shows it, and as YAML does. */
const spellings = (text: string): readonly string[] => [text, escapeControl(text), yamlText(text).slice(1, -1)];

const shown = (text: string): string => escapeControl(text, 200);
const namesOf = (names: readonly string[]): string => [...new Set(names)].map((name) => shown(name)).join(', ');
const listOf = (lines: readonly string[]): string => [...new Set(lines)].map((line) => `  ${line}`).join('\n');
