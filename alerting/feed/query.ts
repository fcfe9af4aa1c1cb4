import { z } from 'zod';
import { incidentStatuses } from '../../shared/incident.ts';
import { decodeCursor, type Position } from './cursor.ts';
import type { Problem } from './problem.ts';

/** A time: milliseconds since the epoch, or ISO 8601. */
const time = z.string().transform((text, context) => {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isNaN(ms)) return ms;
  context.addIssue('is no time: give milliseconds since the epoch or 2026-01-31T12:00:00Z');
  return z.NEVER;
});
const cursor = z.string().transform((text, context): Position => {
  const position = decodeCursor(text);
  if (position !== undefined) return position;
  context.addIssue('is no cursor of this feed');
  return z.NEVER;
});
const limit = z.coerce.number().int().min(1).max(1_000).default(100);
/** Present and not `0` or `false`. */
const flag = z.string().transform((text) => !['0', 'false'].includes(text));

export const incidentsQuery = z.strictObject({
  /** How the id begins. */
  id: z.string().min(1).max(256).optional(),
  status: z.enum(incidentStatuses).optional(),
  since: time.optional(),
  limit,
});
export const findingsQuery = z.strictObject({
  /** How the id begins. */
  id: z.string().min(1).max(256).optional(),
  since: time.optional(),
  after: cursor.optional(),
  limit,
  follow: flag.optional(),
  /** Of lines that follow: each with its cursor. */
  cursors: flag.optional(),
});

/** `minutes`: before the incident opened and after its last change. */
export const evidenceQuery = z.strictObject({ minutes: z.coerce.number().int().min(1).max(120).default(10) });

/** `since`: told at or after that time (default: the last day); `host`: id or name. */
export const gapsQuery = z.strictObject({ since: time.optional(), host: z.string().min(1).max(256).optional(), limit });

export const decisionsQuery = z.strictObject({ limit });

/** The query as the schema types it, or the problem with it. */
export function readQuery<T>(schema: z.ZodType<T>, query: Readonly<Record<string, string>>): T | Problem {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return badRequest(`${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'cannot be read'}`);
}

export const badRequest = (message: string): Problem => ({
  status: 400,
  code: 'bad-request',
  message,
  fix: 'see GET /api/v1/openapi.json',
});
