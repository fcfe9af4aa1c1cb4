import { describe, expect, it } from 'vitest';
import { asyncApi, describedRoutes, openApi } from '../../../../alerting/feed/openapi.ts';
import { type RouteOptions, routes } from '../../../../alerting/feed/routes.ts';

describe('the documents of the feed', () => {
  it('describe every route that there is, and no other', () => {
    // The routes are only listed: nothing of what they would ask is touched.
    const app = routes({} as RouteOptions);
    const served = app.routes.map(
      ({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)(\{[^}]*\})?/, '{$1}')}`,
    );
    const described = Object.entries(describedRoutes).flatMap(([path, route]) =>
      [route].flat().map(({ method = 'get' }) => `${method} ${path}`),
    );
    const open = ['get /healthz', 'get /readyz'];
    expect([...open, ...served].sort()).toEqual(described.sort());
  });

  it('are made from the schemas that are used', () => {
    const text = JSON.stringify(openApi('1'));
    for (const word of ['closeReason', 'minSeverity', 'follow', 'catalogue', 'bearer']) expect(text).toContain(word);
    expect(openApi('1')).toMatchObject({
      paths: {
        '/api/v1/decisions': { get: { responses: { 200: {} } }, post: { requestBody: {}, responses: { 202: {} } } },
      },
    });
    const messages = JSON.stringify(asyncApi('1'));
    for (const word of ['hello', 'subscribe', 'unknown-position', 'moorwatch.v1']) expect(messages).toContain(word);
    expect(openApi('1')).toMatchObject({ openapi: '3.1.0', paths: { '/healthz': { get: { security: [] } } } });
  });
});
