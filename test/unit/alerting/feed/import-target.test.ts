import { Hono } from 'hono';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppEnv } from '../../../../alerting/feed/answer.ts';
import { createDecisionBoard } from '../../../../alerting/feed/decision-board.ts';
import { decisionRoutes } from '../../../../alerting/feed/decision-routes.ts';
import { createIncidentModel } from '../../../../alerting/feed/incident-model.ts';
import { createLogQuestions } from '../../../../alerting/feed/log-questions.ts';
import { hostWorkload } from '../../../../shared/workload.ts';
import { exec, host } from '../../../support/analyzer/observations.ts';
import { createPlay } from '../../../support/analyzer/play.ts';
import { createMemoryBus, type MemoryBus } from '../../../support/memory-bus.ts';

const name = 'docker.io/library/nginx';
const id = `workload of ${name}`;

describe('a profile that is sent for a workload', () => {
  let bus: MemoryBus;
  let app: Hono<AppEnv>;
  beforeEach(async () => {
    bus = createMemoryBus();
    const play = createPlay();
    play.batch([exec('c1', 1_000, ['job'])]);
    await bus.append(
      'analyzer-state',
      [...play.state].map(([key, value]) => ({ key, value, at: 1 })),
    );
    app = new Hono<AppEnv>();
    app.use(async (c, next) => {
      c.set('principal', { name: 'a test', role: 'administer', scopes: new Set(['administer']) });
      await next();
    });
    const questions = createLogQuestions({ bus, name: 'a test' });
    const status = { list: () => [{ process: 'collector/x', at: 1, silentMs: 0, gone: false, status: { host } }] };
    const [model, decisions] = [createIncidentModel(), createDecisionBoard()];
    decisionRoutes(app, { bus, logName: 'a test', questions, status, model, decisions, clock: () => 1 });
  });
  afterEach(() => bus.close());

  const send = async (workload: string, { called = 'web', ...more }: { called?: string; meant?: boolean } = {}) => {
    const order = { type: 'import', workload, feature: 'f', workloadName: called, mode: 'learn', items: [] };
    const body = JSON.stringify({ host: host.name, reason: 'because', order, ...more });
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request('/api/v1/decisions', { method: 'POST', headers, body });
    const { error } = (await answer.json()) as { error?: { code: string; message: string; fix: string } };
    return { status: answer.status, ...error };
  };

  it('that its host has shown is taken, and so is the host itself', async () => {
    expect(await send(id)).toEqual({ status: 202 });
    expect(await send(hostWorkload(host).id)).toEqual({ status: 202 });
    expect(bus.all('observations')).toHaveLength(2);
  });

  it.each([
    ['an id mistyped', `${id.slice(0, -1)}y`, 'web'],
    ['the name instead of the id', name, 'web'],
    ['another id with the name of one that is there', 'x'.repeat(32), name],
    ['another id with that name mistyped', 'x'.repeat(32), 'docker.io/library/ngimx'],
  ])('by %s is refused, with the one that is meant', async (_, workload, called) => {
    const { status, code, fix } = await send(workload, { called });
    expect({ status, code }).toEqual({ status: 404, code: 'unknown-workload' });
    expect(fix).toContain(`did you mean ${id} (${name})?`);
    expect(bus.all('observations')).toEqual([]);
  });

  it('that nobody has shown is refused, unless it is said that it is meant', async () => {
    const { status, message, fix } = await send('x'.repeat(200));
    expect(status).toBe(404);
    expect(message).toMatch(/^anchor has not shown a workload of the id x{79}…$/);
    expect(fix).toMatch(/^take the id from GET .*; where it shall be pinned before it is seen, send "meant": true/);
    expect(await send('x'.repeat(200), { meant: true })).toEqual({ status: 202 });
    expect(bus.all('observations')).toHaveLength(1);
  });
});
