import { z } from 'zod';
import { type Phase, phases } from '../baseline-state.ts';
import type { BaselineView, ItemView } from '../baseline-view.ts';
import { type ProfileItem, profileItemSchema } from '../decision.ts';

/** Version of the format of profile files that is written, and the only one that is read. */
export const profileVersion = 1;

/** What one workload may do, as people review it, keep it in git and share it: a baseline without counts and times. */
export interface Profile {
  readonly workload: { readonly id: string; readonly name: string };
  readonly host: { readonly id: string; readonly name: string };
  /** Ordered by name. */
  readonly features: readonly ProfileFeature[];
}

export interface ProfileFeature {
  readonly name: string;
  /** `enforce`: nothing more is learned, deviations are high. */
  readonly mode: Mode;
  /** Ordered by text, then key. */
  readonly items: readonly ProfileItem[];
}

export const modes = ['learn', 'enforce'] as const;
export type Mode = (typeof modes)[number];

const refSchema = z.strictObject({ id: z.string().min(1).max(256), name: z.string().max(1_000) });
/** Items of one feature: there is room for no more. */
export const mostItems = 2_000;

const itemsSchema = z.array(profileItemSchema).max(mostItems).superRefine(noneTwice);
const featureSchema = z.strictObject({
  mode: z.enum(modes).optional().describe('when it is another than that of the profile'),
  items: itemsSchema.describe('what the workload may do'),
});

/** A profile as it stands in its file. */
export const profileFileSchema = z.strictObject({
  'moorwatch-profile': z.literal(profileVersion).describe('version of the format'),
  workload: refSchema.describe('whose it is'),
  host: refSchema.describe('where it was learned'),
  mode: z.enum(modes).describe('enforce: nothing more is learned, deviations are high; learn: learning goes on'),
  features: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), featureSchema),
});
export type ProfileFile = z.infer<typeof profileFileSchema>;

/** JSON Schema (draft 7, which editors know best) of a profile file. */
export const profileFileJsonSchema = (): Record<string, unknown> => ({
  title: 'Moorwatch profile',
  ...z.toJSONSchema(profileFileSchema, { target: 'draft-7', io: 'input' }),
});

function noneTwice(items: readonly ProfileItem[], context: z.RefinementCtx<ProfileItem[]>): void {
  const first = new Map<string, number>();
  for (const [index, { key }] of items.entries()) {
    const before = first.get(key);
    if (before === undefined) first.set(key, index);
    else context.addIssue({ code: 'custom', path: [index, 'key'], message: `is that of the item ${before} too` });
  }
}

/** The baselines of one workload on one host; there is one at least. */
export type Views = readonly [BaselineView, ...BaselineView[]];

/** What is known of one workload of one host, by its baselines; what is held or novel is no part of it. */
export function profileOf(views: Views): Profile {
  const [{ workload, host }] = views;
  const features = views.filter(isOfItems).map(({ feature, mode, items }) => ({
    name: feature,
    mode,
    items: ordered(items.filter(isInProfile).map(({ key, text, known }) => ({ key, text, phases: phasesOf(known) }))),
  }));
  return { workload, host, features: byName(features) };
}

/** Numbers that are learned (how much of something is usual) are no part of a profile: they are nobody's decision. */
export const isOfItems = ({ quantity }: BaselineView): boolean => quantity === undefined;

/** The baselines and, knowing nothing, those of the other features: a workload that is pinned may not do either what it never did. */
export function withUnseen(views: Views, features: readonly string[]): Views {
  const [first, ...rest] = views;
  const { quantity: _number, ...place } = first;
  const known = new Set(views.map(({ feature }) => feature));
  const unseen = features
    .filter((feature) => !known.has(feature))
    .map((feature): BaselineView => ({ ...place, ...nothing, feature }));
  return [first, ...rest, ...unseen];
}

const unseenPhase = { state: 'unseen', sightings: 0, newProbability: 1, missing: [] } as const;
const nothing = {
  state: 'learning',
  mode: 'learn',
  phases: { startup: { ...unseenPhase, phase: 'startup' }, steady: { ...unseenPhase, phase: 'steady' } },
  items: [],
} as const;

export const isInProfile = (item: ItemView): boolean => item.known.length > 0;

/** What is normal at any time is normal right after a start too, so there are two cases: always, or right after a start only. */
export const phasesOf = (known: readonly Phase[]): Phase[] =>
  known.includes('steady') ? [...phases] : known.includes('startup') ? ['startup'] : [];

export const byName = <Named extends { readonly name: string }>(features: readonly Named[]): readonly Named[] =>
  [...features].sort((a, b) => (a.name < b.name ? -1 : 1));

/** By UTF-16 units, so that every machine writes the same order. */
export const ordered = <Item extends { readonly text: string; readonly key: string }>(
  items: readonly Item[],
): readonly Item[] =>
  [...items].sort((a, b) => (a.text === b.text ? (a.key < b.key ? -1 : 1) : a.text < b.text ? -1 : 1));
