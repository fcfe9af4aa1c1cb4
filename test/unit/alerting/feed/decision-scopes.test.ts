import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { AppEnv } from '../../../../alerting/feed/answer.ts';
import type { Scope } from '../../../../alerting/feed/auth.ts';
import { createDecisionBoard } from '../../../../alerting/feed/decision-board.ts';
import { decisionRoutes } from '../../../../alerting/feed/decision-routes.ts';
import { createIncidentModel } from '../../../../alerting/feed/incident-model.ts';
import { createLogQuestions } from '../../../../alerting/feed/log-questions.ts';
import type { Order } from '../../../../shared/decision.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';

const workload = 'W';
const orders: readonly Order[] = [
  { type: 'approve', workload, feature: 'f', key: 'k' },
  { type: 'forget', workload, feature: 'f', key: 'k' },
  { type: 'reset', workload },
  { type: 'mode', workload, mode: 'enforce' },
  { type: 'import', workload, feature: 'f', workloadName: 'w', mode: 'learn', items: [] },
  { type: 'acknowledge', incident: 'i' },
  { type: 'close', incident: 'i' },
  { type: 'note', incident: 'i', version: 3 },
  { type: 'suppress', scope: { rule: 'r', workload }, expiresAt: 1 },
  { type: 'unsuppress', suppression: 's' },
  { type: 'forget-host' },
];

test.each<{ scopes: Scope[]; statuses: number[] }>([
  { scopes: ['read'], statuses: [403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403] },
  { scopes: ['read', 'acknowledge'], statuses: [202, 202, 403, 403, 403, 202, 202, 202, 403, 403, 403] },
  { scopes: ['read', 'acknowledge', 'administer'], statuses: [202, 202, 202, 202, 202, 202, 202, 202, 202, 202, 202] },
])('a token with $scopes may decide so much', async ({ scopes, statuses }) => {
  const bus = createMemoryBus();
  const host = { id: 'HOST', name: 'anchor' };
  const app = new Hono<AppEnv>();
  app.use(async (c, next) => {
    c.set('principal', { name: 'token of a test', role: scopes.at(-1) ?? 'read', scopes: new Set(scopes) });
    await next();
  });
  decisionRoutes(app, {
    bus,
    logName: 'a test',
    questions: createLogQuestions({ bus, name: 'a test' }),
    status: { list: () => [{ process: 'collector/HOST', at: 1, silentMs: 0, gone: true, status: { host } }] },
    model: createIncidentModel(),
    decisions: createDecisionBoard(),
    clock: () => 1,
  });
  const decide = async (order: Order): Promise<number> => {
    const body = JSON.stringify({ host: 'anchor', reason: 'because', order, meant: true });
    const headers = { 'content-type': 'application/json' };
    return (await app.request('/api/v1/decisions', { method: 'POST', headers, body })).status;
  };
  expect(await Promise.all(orders.map(decide))).toEqual(statuses);
  const taken = (some: readonly number[]) => some.filter((status) => status === 202);
  expect(bus.all('observations')).toHaveLength(taken(statuses.slice(0, 5)).length);
  expect(bus.all('findings')).toHaveLength(taken(statuses.slice(5)).length);
  await bus.close();
});
