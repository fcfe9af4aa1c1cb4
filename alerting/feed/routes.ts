import { Hono } from 'hono';
import type { Bus } from '../../shared/bus/port.ts';
import { contentTypes, formatFor, type MetricsFormat } from '../../shared/telemetry/prometheus.ts';
import type { Telemetry } from '../../shared/telemetry/telemetry.ts';
import { type AppEnv, answer } from './answer.ts';
import type { Auth } from './auth.ts';
import { baselinesOf, readBaselines, summaryOf } from './baselines.ts';
import { decodeCursor } from './cursor.ts';
import { type DecisionRouteOptions, decisionRoutes } from './decision-routes.ts';
import { evidenceRoutes } from './evidence-routes.ts';
import { filterSchema } from './filter.ts';
import { findFinding, followFindings, readFindings } from './findings.ts';
import type { Freshness } from './freshness.ts';
import { readGaps } from './gaps.ts';
import type { IncidentModel } from './incident-model.ts';
import type { Live } from './live.ts';
import type { LogQuestions } from './log-questions.ts';
import { asyncApi, openApi } from './openapi.ts';
import { isProblem, noIncident, type Problem } from './problem.ts';
import { badRequest, findingsQuery, gapsQuery, incidentsQuery, readQuery } from './query.ts';
import { sinkRoutes } from './sink-routes.ts';
import { sseBody } from './sse.ts';
import type { StatusBoard } from './status-board.ts';
import { pulledBody } from './stream.ts';
import { readSuppressions } from './suppressions.ts';
import { useRoutes } from './use-routes.ts';

export interface RouteOptions extends DecisionRouteOptions {
  readonly bus: Bus;
  readonly questions: LogQuestions;
  /** Of what is answered without asking the log. */
  freshness(): Freshness;
  readonly auth: Auth;
  readonly live: Live;
  readonly model: IncidentModel;
  readonly status: StatusBoard;
  readonly telemetry: Telemetry;
  readonly version: string;
  /** Whether baselines learn apart what comes right after a start; absent: they do. */
  readonly startsApart?: boolean;
  /** Prometheus text. */
  metrics(format: MetricsFormat): Promise<string>;
  /** Ends all streams. */
  readonly signal: AbortSignal;
  /** Most streams (SSE, following NDJSON) at a time. */
  readonly mostStreams: number;
}

/** What a client with the scope `read` may ask (docs/feed.md); decisions need more, and look for themselves. */
export function routes(options: RouteOptions): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get('/version', (c) => c.json({ version: options.version, api: 'v1' }));
  app.get('/metrics', async (c) => {
    const format = formatFor(c.req.header('accept'));
    return c.body(await options.metrics(format), 200, { 'Content-Type': contentTypes[format] });
  });
  app.post('/api/v1/ticket', (c) => c.json(options.auth.issueTicket(c.get('principal'))));
  app.get('/api/v1/status', (c) => c.json({ ...options.freshness(), processes: options.status.list() }));
  app.get('/api/v1/gaps', async (c) => {
    const query = readQuery(gapsQuery, c.req.query());
    if (isProblem(query)) return answer(c, query);
    const since = query.since ?? Math.max(0, options.clock() - dayMs);
    return c.json(await options.questions.ask((log) => readGaps(log, { ...query, since })));
  });
  app.get('/api/v1/rules', (c) => c.json({ rules: rulesOf(options.status) }));
  app.get('/api/v1/openapi.json', (c) => c.json(openApi(options.version)));
  app.get('/api/v1/asyncapi.json', (c) => c.json(asyncApi(options.version)));
  incidentRoutes(app, options);
  baselineRoutes(app, options);
  useRoutes(app, options);
  evidenceRoutes(app, options);
  decisionRoutes(app, options);
  sinkRoutes(app, options);
  streamRoutes(app, options);
  return app;
}

const dayMs = 86_400_000;

/** As the analyzers that run report them in their status. */
const rulesOf = (board: StatusBoard): unknown[] =>
  board
    .list()
    .flatMap(({ process, at, gone, status }) =>
      !gone && 'rules' in status ? [{ process, at, rules: status.rules }] : [],
    );

function incidentRoutes(app: Hono<AppEnv>, { model, freshness, questions }: RouteOptions): void {
  app.get('/api/v1/incidents', (c) => {
    const query = readQuery(incidentsQuery, c.req.query());
    if (isProblem(query)) return answer(c, query);
    const { id, status, since, limit } = query;
    const wanted = {
      ...(id !== undefined && { id }),
      ...(status && { status }),
      ...(since !== undefined && { since }),
    };
    const listed = model.list({ limit, ...wanted });
    return c.json({ ...freshness(), ...listed });
  });
  app.get('/api/v1/suppressions', async (c) => c.json({ suppressions: await questions.ask(readSuppressions) }));
  app.get('/api/v1/incidents/:id', (c) => {
    const incident = model.get(c.req.param('id'));
    return incident === undefined ? answer(c, noIncident) : c.json(incident);
  });
}

function baselineRoutes(app: Hono<AppEnv>, { questions, startsApart }: RouteOptions): void {
  const read = () => questions.ask((log) => readBaselines(log, startsApart));
  app.get('/api/v1/baselines', async (c) => c.json({ baselines: (await read()).map(summaryOf) }));
  app.get('/api/v1/baselines/:workload{.+}', async (c) => {
    const baselines = baselinesOf(await read(), c.req.param('workload'));
    return baselines.length === 0 ? answer(c, noWorkload) : c.json({ baselines });
  });
}

function streamRoutes(app: Hono<AppEnv>, options: RouteOptions): void {
  const { bus, questions, signal } = options;
  let streams = 0;
  /** Counts a stream until it is over, once. */
  const opened = (): AbortController => {
    streams += 1;
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => {
      streams -= 1;
    });
    return controller;
  };

  /** A connection that is still open brings requests to a feed that stops: a stream would end as soon as it began. */
  const streamRefusal = (): Problem | undefined => {
    if (signal.aborted) return stopping;
    return streams >= options.mostStreams ? tooMany : undefined;
  };

  app.get('/api/v1/findings', async (c) => {
    const query = readQuery(findingsQuery, c.req.query());
    if (isProblem(query)) return answer(c, query);
    if (query.follow !== true) return c.json(await questions.ask((log) => readFindings(log, query)));
    const refusal = streamRefusal();
    if (refusal !== undefined) return answer(c, refusal);
    const stream = opened();
    const lines = followFindings(bus, query, AbortSignal.any([signal, stream.signal]));
    return c.body(
      pulledBody(lines, () => stream.abort()),
      200,
      { 'Content-Type': 'application/x-ndjson' },
    );
  });
  app.get('/api/v1/findings/:id', async (c) => {
    const found = await questions.ask((log) => findFinding(log, c.req.param('id')));
    return found === undefined ? answer(c, noFinding) : c.json(found);
  });
  app.get('/events', (c) => {
    const { after, ticket: _, ...wanted } = c.req.query();
    const filter = readQuery(filterSchema, wanted);
    if (isProblem(filter)) return answer(c, filter);
    const cursor = c.req.header('Last-Event-ID') ?? after;
    const start = cursor === undefined || cursor === 'oldest' ? cursor : (decodeCursor(cursor) ?? null);
    if (start === null) return answer(c, badRequest('after: is no cursor of this feed'));
    const refusal = streamRefusal();
    if (refusal !== undefined) return answer(c, refusal);
    const stream = opened();
    const body = sseBody({
      ...options,
      clients: options.mostStreams,
      filter,
      onEnd: () => stream.abort(),
      ...(start !== undefined && { after: start }),
    });
    return c.body(body, 200, { 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' });
  });
}

const noFinding: Problem = {
  status: 404,
  code: 'unknown-finding',
  message: 'no finding has this id, or it is older than what is kept',
  fix: 'see `moorwatch incidents show` for the ids of its deviations (GET /api/v1/findings)',
};
const noWorkload: Problem = {
  status: 404,
  code: 'unknown-workload',
  message: 'no workload of this id or name has a baseline',
  fix: 'see `moorwatch baselines list` (GET /api/v1/baselines)',
};
const stopping: Problem = {
  status: 503,
  code: 'stopping',
  message: 'the feed is stopping',
  fix: 'connect again in a moment',
  retryAfter: 5,
};
const tooMany: Problem = {
  status: 503,
  code: 'too-many-streams',
  message: 'as many streams are open as the feed serves',
  fix: 'close some',
  retryAfter: 30,
};
