import type { Hono } from 'hono';
import type { Bus, NewRecord } from '../../shared/bus/port.ts';
import { topic } from '../../shared/bus/topics.ts';
import { type Decision, decisionHeader, decisionVersion, isIncidentOrder, type Order } from '../../shared/decision.ts';
import { deriveId } from '../../shared/hash.ts';
import type { HostRef } from '../../shared/observation.ts';
import { type AppEnv, answer } from './answer.ts';
import { forbidden, type Principal, type Scope } from './auth.ts';
import type { DecisionBoard } from './decision-board.ts';
import { findHost, findSilentHost } from './decision-host.ts';
import { type DecisionRequest, readRequest } from './decision-request.ts';
import { importProblem } from './import-target.ts';
import type { IncidentModel } from './incident-model.ts';
import { type LogQuestions, LogSilentError } from './log-questions.ts';
import { isProblem, type Problem } from './problem.ts';
import { decisionsQuery, readQuery } from './query.ts';
import type { StatusBoard } from './status-board.ts';

export interface DecisionRouteOptions {
  readonly bus: Pick<Bus, 'append'>;
  /** Which log that is, for a person. */
  readonly logName: string;
  readonly questions: LogQuestions;
  readonly status: StatusBoard;
  readonly model: IncidentModel;
  readonly decisions: DecisionBoard;
  readonly clock: () => number;
}

/** What an order needs: what concerns one thing that was seen, or what is learned and told from now on. */
const scopeOf: Readonly<Record<Order['type'], Scope>> = {
  approve: 'acknowledge',
  forget: 'acknowledge',
  reset: 'administer',
  mode: 'administer',
  import: 'administer',
  acknowledge: 'acknowledge',
  close: 'acknowledge',
  note: 'acknowledge',
  suppress: 'administer',
  unsuppress: 'administer',
  'forget-host': 'administer',
};

/** Decisions (design §4): taken by these routes alone, obeyed by the stage that reads them, and their audit log. */
export function decisionRoutes(app: Hono<AppEnv>, options: DecisionRouteOptions): void {
  const { questions, decisions } = options;
  app.post('/api/v1/decisions', async (c) => {
    const request = await readRequest(c);
    if (isProblem(request)) return answer(c, request);
    const principal = c.get('principal');
    const scope = scopeOf[request.order.type];
    if (!principal.scopes.has(scope)) return answer(c, forbidden(scope));
    const isAboutHost = request.order.type === 'forget-host';
    const host = isAboutHost ? findSilentHost(request.host, options.status) : await findHost(request.host, options);
    if (isProblem(host)) return answer(c, host);
    const problem = await problemOf(request, host, questions);
    if (problem !== undefined) return answer(c, problem);
    const once = c.req.header('idempotency-key');
    if (once !== undefined && !/^[\x21-\x7e]{1,128}$/.test(once)) return answer(c, badKey);
    const decision = decisionOf(request, { host, principal, at: options.clock(), once });
    await append(options, decision);
    decisions.note(decision);
    c.header('Location', `/api/v1/decisions/${decision.id}`);
    return c.json({ id: decision.id, status: 'pending' }, 202);
  });
  app.get('/api/v1/decisions', async (c) => {
    const query = readQuery(decisionsQuery, c.req.query());
    if (isProblem(query)) return answer(c, query);
    return c.json({ decisions: await questions.ask((log) => decisions.list(log, query.limit)) });
  });
  app.get('/api/v1/decisions/:id', async (c) => {
    const line = await questions.ask((log) => decisions.get(log, c.req.param('id')));
    return line === undefined ? answer(c, noDecision) : c.json(line);
  });
}

const problemOf = async (
  { order, meant }: DecisionRequest,
  host: HostRef,
  questions: LogQuestions,
): Promise<Problem | undefined> =>
  order.type === 'import' && meant !== true ? importProblem(order, host, questions) : undefined;

function decisionOf(
  { reason, order, owner }: DecisionRequest,
  of: {
    readonly host: HostRef;
    readonly principal: Principal;
    readonly at: number;
    /** By which whoever is not sure that it arrived sends it once more: the same key, actor and order are one decision. */
    readonly once: string | undefined;
  },
): Decision {
  const { host, principal, at, once } = of;
  const name = owner === undefined ? principal.name : `${owner} (by the ${principal.name})`;
  const actor = { name, role: principal.role };
  const id = deriveId('decision', host.id, once ?? at, actor, reason, order);
  return { id, at, host: { id: host.id, name: host.name.slice(0, 256) }, actor, reason, order };
}

const badKey: Problem = {
  status: 400,
  code: 'bad-idempotency-key',
  message: 'Idempotency-Key is not 1 to 128 visible ASCII characters',
  fix: 'send a UUID, or leave the header away',
};

/** The input topic of the stage that obeys. */
const inputOf = (order: Order): string => (isIncidentOrder(order) ? topic.findings : topic.observations);

/** As for reading: who waits is a person. */
const appendLimitMs = 8_000;

/** @throws LogSilentError when the log did not take it in time; it may still do so. */
async function append({ bus, logName }: DecisionRouteOptions, decision: Decision): Promise<void> {
  const record: NewRecord = {
    // The key places it where the host's observations and findings are.
    key: decision.host.id,
    value: JSON.stringify(decision),
    headers: { [decisionHeader]: decisionVersion },
    at: decision.at,
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const reason = `the decision was not taken within ${appendLimitMs / 1_000} s, but may still be: see GET /api/v1/decisions`;
      reject(new LogSilentError(logName, reason));
    }, appendLimitMs);
  });
  try {
    await Promise.race([bus.append(inputOf(decision.order), [record]), late]);
  } finally {
    clearTimeout(timer);
  }
}

const noDecision: Problem = {
  status: 404,
  code: 'unknown-decision',
  message: 'no decision has this id, or it is older than what is kept, or it waits and was sent to another feed',
  fix: 'see GET /api/v1/decisions',
};
