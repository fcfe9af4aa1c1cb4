import type { Hono } from 'hono';
import { type AppEnv, answer } from './answer.ts';
import type { LogQuestions } from './log-questions.ts';
import type { Problem } from './problem.ts';
import { readUses } from './use.ts';

/** What workloads did, from all that the log has of them: one such question at a time, for it reads the whole log. */
export function useRoutes(app: Hono<AppEnv>, { questions }: { readonly questions: LogQuestions }): void {
  let busy = false;
  app.get('/api/v1/use/:workload{.+}', async (c) => {
    if (busy) return answer(c, onlyOne);
    busy = true;
    try {
      const uses = await questions.ask((log) => readUses(log, c.req.param('workload')));
      return uses.length === 0 ? answer(c, unseen) : c.json({ uses });
    } finally {
      busy = false;
    }
  });
}

const onlyOne: Problem = {
  status: 503,
  code: 'busy',
  message: 'the log is being read for another such question',
  fix: 'ask again in a moment',
  retryAfter: 5,
};
const unseen: Problem = {
  status: 404,
  code: 'unknown-workload',
  message: 'the log has nothing of a workload of this id or name',
  fix: 'see GET /api/v1/baselines',
};
