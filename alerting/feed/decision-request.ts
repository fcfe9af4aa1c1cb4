import type { Context } from 'hono';
import { z } from 'zod';
import { decisionSchema, orderSchema } from '../../shared/decision.ts';
import { messageOf } from '../../shared/errors.ts';
import type { AppEnv } from './answer.ts';
import type { Problem } from './problem.ts';
import { badRequest } from './query.ts';

/** Longest name of who decides that a client may give: wherever it is shown, there is room for the token behind it. */
const longestOwner = 100;

/** What a client sends to decide. */
export const decisionRequestSchema = z.strictObject({
  /** Id or name. */
  host: z.string().min(1).max(256),
  reason: decisionSchema.shape.reason.refine((text) => text.trim() !== '', 'says nothing'),
  order: orderSchema,
  /** Of an import: its workload is meant, also where its host has not shown it yet. */
  meant: z.boolean().optional(),
  /** Who decides, as the client says; the log says besides with which token. */
  owner: z.string().min(1).max(longestOwner).optional(),
});
export type DecisionRequest = z.infer<typeof decisionRequestSchema>;

/** The decision that a request asks for, or the problem with it. */
export async function readRequest(c: Context<AppEnv>): Promise<DecisionRequest | Problem> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    return badRequest('the body is JSON (Content-Type: application/json)');
  }
  let body: unknown;
  try {
    body = await c.req.json();
  } catch (error) {
    return badRequest(`the body is not JSON: ${messageOf(error)}`);
  }
  const parsed = decisionRequestSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return badRequest(`${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'cannot be read'}`);
}
