import type { Hono } from 'hono';
import { z } from 'zod';
import type { Bus } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { severities } from '../../shared/finding.ts';
import { type AppEnv, answer } from './answer.ts';
import { forbidden } from './auth.ts';
import { type DeadLetter, placeOf, readLetters, retriedMark } from './dead-letters.ts';
import type { LogQuestions } from './log-questions.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface SinkRouteOptions {
  readonly bus: Pick<Bus, 'append'>;
  readonly questions: LogQuestions;
  readonly clock: () => number;
}

/** A dead letter as a client sees it: what it was about, not the whole update. */
const letterSchema = z.object({
  /** Where it lies in the topic `rejected`: `partition@offset`. */
  place: z.string(),
  at: z.number(),
  reason: z.string(),
  update: z.string().optional(),
  incident: z
    .object({ id: z.string(), version: z.number(), title: z.string(), severity: z.enum(severities) })
    .optional(),
  /** Whether it can be sent again: it can be read, and was kept whole. */
  whole: z.boolean(),
  retried: z.object({ at: z.number(), by: z.string() }).optional(),
});
export const lettersSchema = z.object({ rejected: z.array(letterSchema), more: z.number().int() });
export const retriedSchema = z.object({
  retried: z.number().int(),
  /** How many can be sent again by asking once more. */
  more: z.number().int(),
  /** How many never can be: they were not kept whole, or cannot be read. */
  unreadable: z.number().int(),
  /** The oldest of those. */
  named: z.array(letterSchema.pick({ place: true, at: true, reason: true })),
});

/** What sinks refused: to be looked at, and to be sent again when the sink or its receiver was corrected. */
export function sinkRoutes(app: Hono<AppEnv>, { bus, questions, clock }: SinkRouteOptions): void {
  const retry = async (name: string, who: string): Promise<z.infer<typeof retriedSchema>> => {
    const { letters, ...rest } = await questions.ask((log) => readLetters(log, name));
    const by = { at: clock(), by: who };
    const whole = letters.filter(({ retried, again }) => retried === undefined && again !== undefined);
    const named = rest.named.map((letter) => ({ place: placeOf(letter), at: letter.at, reason: letter.reason }));
    if (whole.length === 0) return { ...rest, named, retried: 0 };
    // First sent, then marked: a crash in between sends them once more at the next retry, under the same ids, and loses none.
    await bus.append(
      topic.incidents,
      whole.flatMap(({ again }) => (again === undefined ? [] : [again])),
    );
    await bus.append(
      topic.rejected,
      whole.map((letter) => retriedMark(name, letter, by)),
    );
    return { ...rest, named, retried: whole.length };
  };
  // All that was ever rejected is read; and two who retry at once would send twice.
  const alone = oneAtATime();
  app.get('/api/v1/sinks/:name/rejected', (c) =>
    alone(c, async () => {
      const { letters, more, unreadable } = await questions.ask((log) => readLetters(log, c.req.param('name')));
      const rejected = letters.map(shown);
      const unlisted = unreadable - rejected.filter(({ whole }) => !whole).length;
      return c.json({ rejected, more: more + unlisted });
    }),
  );
  app.post('/api/v1/sinks/:name/retry', async (c) => {
    const principal = c.get('principal');
    if (!principal.scopes.has('administer')) return answer(c, forbidden('administer'));
    return alone(c, async () => c.json(await retry(c.req.param('name'), principal.name)));
  });
}

function shown(letter: DeadLetter): z.infer<typeof letterSchema> {
  const { at, reason, update, again, retried } = letter;
  const incident = update?.incident;
  return {
    place: placeOf(letter),
    at,
    reason,
    whole: again !== undefined,
    ...(update !== undefined && { update: update.id }),
    ...(incident !== undefined && {
      incident: { id: incident.id, version: incident.version, title: incident.title, severity: incident.severity },
    }),
    ...(retried !== undefined && { retried: { at: retried.at, by: retried.by } }),
  };
}
