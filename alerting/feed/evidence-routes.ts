import type { Hono } from 'hono';
import { type AppEnv, answer } from './answer.ts';
import { readEvidence } from './evidence.ts';
import type { IncidentModel } from './incident-model.ts';
import type { LogQuestions } from './log-questions.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { isProblem, noIncident } from './problem.ts';
import { evidenceQuery, readQuery } from './query.ts';

/** What the log has about an incident. It is read when somebody asks: a flood of incidents is no flood of reading. */
export function evidenceRoutes(
  app: Hono<AppEnv>,
  {
    questions,
    model,
    startsApart,
  }: { readonly questions: LogQuestions; readonly model: IncidentModel; readonly startsApart?: boolean },
): void {
  const alone = oneAtATime();
  app.get('/api/v1/incidents/:id/evidence', async (c) => {
    const query = readQuery(evidenceQuery, c.req.query());
    if (isProblem(query)) return answer(c, query);
    const incident = model.get(c.req.param('id'));
    if (incident === undefined) return answer(c, noIncident);
    const { minutes } = query;
    return alone(c, async () =>
      c.json(await questions.ask((log) => readEvidence(log, incident, { minutes, startsApart }))),
    );
  });
}
