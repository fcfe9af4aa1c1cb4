import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Principal } from './auth.ts';
import { type Problem, problemBody } from './problem.ts';

/** What Hono knows of a request: the Node objects behind it, and who asks. */
export type AppEnv = { Bindings: HttpBindings; Variables: { principal: Principal } };

/** A problem as its response. */
export function answer(c: Context, problem: Problem): Response {
  if (problem.retryAfter !== undefined) c.header('Retry-After', String(problem.retryAfter));
  return c.body(problemBody(problem), problem.status, { 'Content-Type': 'application/json' });
}
