import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createApi } from '../../../cli/client/api.ts';
import { serverEvents } from '../../../cli/client/sse.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
async function* chunks(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

test('events are put together from any cut, comments left out, lines of data joined', async () => {
  const text = 'retry: 3000\n\n: beat\n\nid: 7\nevent: incident\ndata: {"a":\ndata: 1}\n\nevent: gap\r\ndata:x\r\n\r\n';
  const expected = [
    { event: 'incident', id: '7', data: '{"a":\n1}' },
    { event: 'gap', id: '7', data: 'x' },
  ];
  expect(await all(serverEvents(chunks(text)))).toEqual(expected);
  expect(await all(serverEvents(chunks(...text.replaceAll('\r', '').split(''))))).toEqual(expected);
});

test('a line without end is not kept for ever', async () => {
  await expect(all(serverEvents(chunks('data: '.padEnd(3_000_000, 'x'), 'x'.repeat(3_000_000))))).rejects.toThrow(
    /without end/,
  );
});

let server: Server;
let url = '';
beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.headers.authorization !== 'Bearer good') return response.writeHead(401).end('no');
    if (request.url === '/lines') {
      response.write('{"a":1}\n{"a"');
      return response.end(':2}\n');
    }
    if (request.url === '/none')
      return response
        .writeHead(404)
        .end('{"error":{"code":"not-found","message":"no \\u001b here","fix":"see the list"}}');
    if (request.url === '/silent')
      return response.writeHead(503).end('{"error":{"code":"log-silent","message":"no log","fix":"start it"}}');
    if (request.url === '/broken') return response.writeHead(500).end('\u001b[2Jbroken');
    return response.end('{"fine":true}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

test('the token goes along, bodies come back', async () => {
  expect(await createApi(url, { token: 'good', file: '/the/feed.token' }).get('/x')).toEqual({ fine: true });
});

test('a refused token, a failure and nobody there have their exit codes', async () => {
  await expect(createApi(url, { token: 'bad', file: '/the/feed.token' }).get('/x')).rejects.toMatchObject({
    code: 77,
    message: expect.stringContaining('/the/feed.token') as unknown,
  });
  await expect(createApi(url, { token: 'good', file: '/the/feed.token' }).get('/broken')).rejects.toMatchObject({
    code: 1,
    message: expect.stringContaining('\\u{1b}') as unknown,
  });
  await expect(
    createApi('http://127.0.0.1:1', { token: 'good', file: '/the/feed.token' }).get('/x'),
  ).rejects.toMatchObject({ code: 69 });
});

test('a log that does not answer is something that is not available', async () => {
  const api = createApi(url, { token: 'good', file: '/the/feed.token' });
  await expect(api.get('/silent')).rejects.toMatchObject({ code: 69, message: 'no log', fix: 'start it' });
});

test('a stream of lines that its server ends is told, unless we ended it', async () => {
  const lines: string[] = [];
  const run = async (signal: AbortSignal) => {
    for await (const line of createApi(url, { token: 'good', file: '/the/feed.token' }).lines('/lines', signal))
      lines.push(line);
  };
  await expect(run(new AbortController().signal)).rejects.toThrow(/ended/);
  expect(lines).toEqual(['{"a":1}', '{"a":2}']);
  await run(AbortSignal.abort());
});

test('what the feed says of a wrong request is passed on, escaped, without the advice on versions', async () => {
  const api = createApi(url, { token: 'good', file: '/the/feed.token' });
  await expect(api.get('/none')).rejects.toMatchObject({ message: 'no \\u{1b} here', fix: 'see the list' });
});
