import { z } from 'zod';
import type { StateChange } from '../../shared/bus/port.ts';
import { findingSchema, severities } from '../../shared/finding.ts';
import { incidentFindingSchema, incidentSchema, lineChanges } from '../../shared/incident.ts';
import { type Suppression, suppressionSchema } from '../../shared/suppression.ts';
import type { Entry } from './entry.ts';
import { weightless } from './severity.ts';

/** Older states have none of it, or less: what was found before then does not weigh. An incident begins to gather weight when it grows next. */
const weightSchema = z.object({
  tiers: z.array(z.string()).default([]),
  tactics: z.array(z.string()).default([]),
  rules: z.array(z.string()).default([]),
  worst: z.enum(severities).default(weightless.worst),
  hides: z.boolean().default(false),
  shows: z.boolean().default(false),
});

/**
 * How the stage's state lies in its topic: `partition/entity/head`, `partition/entity/line-<n>`, `partition/ids/<place>`,
 * `partition/suppressions/<id>`, `partition/hidden/<condition>`. An incident is cut into lines so that no value grows with it and a commit writes only the lines that changed.
 */
const headSchema = z.object({
  group: z.object({ entity: z.string(), kind: z.enum(['incident', 'posture']) }),
  head: incidentSchema.omit({ findings: true, raised: true }),
  worst: z.string(),
  worstIn: z.object({ name: z.string(), lineage: z.string() }).optional(),
  unlisted: z.array(z.string()),
  activeAt: z.number(),
  endedAt: z.number().optional(),
  closedLogged: z.number().optional(),
  toldLogged: z.number().optional(),
  isUntold: z.boolean().optional(),
  // States of older versions have none of these.
  members: z.array(z.string()).default([]),
  containers: z.array(z.string()).default([]),
  creators: z.array(z.string()).default([]),
  weight: weightSchema.prefault({}),
  hidden: z.number().int().default(0),
});
const lineSchema = z.object({
  key: z.string(),
  subject: z.string().optional(),
  told: incidentFindingSchema,
  changed: z.object({ in: z.number().int(), how: z.enum(lineChanges) }).optional(),
});
const hiddenSchema = z.object({
  finding: findingSchema,
  /** Id of the suppression that counted it, or that hides it since that one ended. */
  by: z.string(),
});
/** A condition that began while a suppression hid it. */
export type HiddenCondition = z.infer<typeof hiddenSchema>;
const chunkSchema = z.object({ number: z.number().int(), ids: z.array(z.string()) });

export interface Restored {
  readonly entries: readonly Entry[];
  readonly ids: ReadonlyMap<number, z.infer<typeof chunkSchema>>;
  readonly suppressions: readonly Suppression[];
  readonly hidden: readonly HiddenCondition[];
  /** Keys whose value could not be read. */
  readonly unreadable: readonly string[];
}

export const idsKey = (partition: number, place: number): string => `${partition}/ids/${place}`;

const suppressionsPart = 'suppressions';
export const suppressionKey = (partition: number, id: string): string => `${partition}/${suppressionsPart}/${id}`;
export const isSuppressionKey = (key: string): boolean => key.split('/')[1] === suppressionsPart;

const hiddenPart = 'hidden';
export const hiddenKey = (partition: number, condition: string): string => `${partition}/${hiddenPart}/${condition}`;

/** Whether that key holds a part of an incident. */
export const isIncidentKey = (key: string): boolean =>
  !['ids', suppressionsPart, hiddenPart].includes(key.split('/')[1] ?? '');

/** Reads what `entryChanges`, the id memory, the suppressions and what they hide wrote. */
export function restore(state: ReadonlyMap<string, string>): Restored {
  const heads = new Map<string, z.infer<typeof headSchema>>();
  const lines = new Map<string, { place: number; line: z.infer<typeof lineSchema> }[]>();
  const ids = new Map<number, z.infer<typeof chunkSchema>>();
  const suppressions: Suppression[] = [];
  const hidden: HiddenCondition[] = [];
  const unreadable: string[] = [];
  for (const [key, value] of state) {
    const [, entity = '', part = ''] = key.split('/');
    const read = <T>(schema: z.ZodType<T>): T | undefined => {
      const parsed = parse(schema, value);
      if (parsed === undefined) unreadable.push(key);
      return parsed;
    };
    if (isSuppressionKey(key)) {
      const suppression = read(suppressionSchema);
      if (suppression !== undefined) suppressions.push(suppression);
    } else if (entity === hiddenPart) {
      const one = read(hiddenSchema);
      if (one !== undefined) hidden.push(one);
    } else if (entity === 'ids') {
      const chunk = read(chunkSchema);
      if (chunk !== undefined) ids.set(Number(part), chunk);
    } else if (part === 'head') {
      const head = read(headSchema);
      if (head !== undefined) heads.set(entity, head);
    } else {
      const line = read(lineSchema);
      if (line !== undefined) lines.set(entity, [...(lines.get(entity) ?? []), { place: Number(part.slice(5)), line }]);
    }
  }
  const entries = [...heads].map(([entity, { worstIn, endedAt, closedLogged, toldLogged, isUntold, ...head }]) => ({
    ...head,
    ...(worstIn === undefined ? {} : { worstIn }),
    ...(endedAt === undefined ? {} : { endedAt }),
    ...(closedLogged === undefined ? {} : { closedLogged }),
    ...(toldLogged === undefined ? {} : { toldLogged }),
    ...(isUntold === undefined ? {} : { isUntold }),
    lines: (lines.get(entity) ?? []).sort((a, b) => a.place - b.place).map(({ line }) => present(line)),
  }));
  return { entries, ids, suppressions, hidden, unreadable };
}

/** What must be written so that the state says `after` where it said `before`. */
export function entryChanges(partition: number, before: Entry | undefined, after: Entry | undefined): StateChange[] {
  const entity = (after ?? before)?.group.entity ?? '';
  const at = (part: string): string => `${partition}/${entity}/${part}`;
  const changes: StateChange[] = [];
  if (after === undefined) changes.push({ key: at('head'), value: null });
  else if (after !== before) {
    const { lines: _, ...head } = after;
    changes.push({ key: at('head'), value: JSON.stringify(head) });
  }
  const longest = Math.max(before?.lines.length ?? 0, after?.lines.length ?? 0);
  for (let place = 0; place < longest; place += 1) {
    const line = after?.lines[place];
    if (line === before?.lines[place]) continue;
    changes.push({ key: at(`line-${place}`), value: line === undefined ? null : JSON.stringify(line) });
  }
  return changes;
}

function present({ subject, changed, ...line }: z.infer<typeof lineSchema>): Entry['lines'][number] {
  return { ...line, ...(subject !== undefined && { subject }), ...(changed !== undefined && { changed }) };
}

function parse<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
