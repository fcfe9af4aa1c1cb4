import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { AppEnv } from '../../../../alerting/feed/answer.ts';
import type { LogQuestions, LogToRead } from '../../../../alerting/feed/log-questions.ts';
import { useRoutes } from '../../../../alerting/feed/use-routes.ts';
import { encodeObservation } from '../../../../shared/observation.ts';
import { createMemoryBus } from '../../../support/memory-bus.ts';
import { lifecycle } from './use-records.ts';

it('what a workload used is answered by id or name, one question at a time', async () => {
  const bus = createMemoryBus();
  await bus.append('observations', [{ key: 'h1', value: encodeObservation(lifecycle('start', 0)), at: 1 }]);
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let first = true;
  const questions: LogQuestions = {
    async ask<T>(question: (log: LogToRead) => Promise<T>): Promise<T> {
      if (first) await held;
      first = false;
      return question(bus);
    },
  };
  const app = new Hono<AppEnv>();
  useRoutes(app, { questions });
  const path = `/api/v1/use/${encodeURIComponent('shop/web')}`;
  const slow = app.request(path);
  const meanwhile = await app.request(path);
  expect([meanwhile.status, meanwhile.headers.get('retry-after')]).toEqual([503, '5']);
  letGo();
  expect(await (await slow).json()).toMatchObject({ uses: [{ workload: { name: 'shop/web' }, time: { starts: 1 } }] });
  expect((await app.request('/api/v1/use/w-web')).status).toBe(200);
  expect((await app.request('/api/v1/use/nobody')).status).toBe(404);
  await bus.close();
});
