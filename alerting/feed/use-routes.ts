import type { Hono } from 'hono';
import { type AppEnv, answer } from './answer.ts';
import type { LogQuestions } from './log-questions.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { Problem } from './problem.ts';
import { readUses } from './use.ts';

/** What workloads did, from all that the log has of them: one such question at a time, for it reads the whole log. */
export function useRoutes(app: Hono<AppEnv>, { questions }: { readonly questions: LogQuestions }): void {
  const alone = oneAtATime();
  app.get('/api/v1/use/:workload{.+}', (c) =>
    alone(c, async () => {
      const uses = await questions.ask((log) => readUses(log, c.req.param('workload')));
      return uses.length === 0 ? answer(c, unseen) : c.json({ uses });
    }),
  );
}

const unseen: Problem = {
  status: 404,
  code: 'unknown-workload',
  message: 'the log has nothing of a workload of this id or name',
  fix: 'see `moorwatch baselines list` (GET /api/v1/baselines)',
};
