import type { Context } from 'hono';
import { type AppEnv, answer } from './answer.ts';
import type { Problem } from './problem.ts';

/** Questions that read much of the log: one at a time, whoever comes meanwhile is to ask again. */
export function oneAtATime(): (c: Context<AppEnv>, work: () => Promise<Response>) => Promise<Response> {
  let busy = false;
  return async (c, work) => {
    if (busy) return answer(c, onlyOne);
    busy = true;
    try {
      return await work();
    } finally {
      busy = false;
    }
  };
}

const onlyOne: Problem = {
  status: 503,
  code: 'busy',
  message: 'the log is being read for another such question',
  fix: 'ask again in a moment',
  retryAfter: 5,
};
