import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectEngine, type EngineClient } from '../../../../collector/engine/client.ts';
import { MalformedError, UnavailableError } from '../../../../shared/errors.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let directory: string;
let server: Server;
let client: EngineClient | undefined;
let seen: string[];
let answer: Answer;
const json =
  (body: unknown, status = 200): Answer =>
  (_, response) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'moorwatch-client-'));
  seen = [];
  answer = json({});
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(join(directory, 'sock'), resolve));
});
afterEach(async () => {
  client?.close();
  client = undefined;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

const ping =
  (version: string | undefined): Answer =>
  (_, response) =>
    void response.writeHead(200, version === undefined ? {} : { 'Api-Version': version }).end('OK');

async function connect(version: string | undefined = '1.41'): Promise<EngineClient> {
  answer = ping(version);
  client = await connectEngine({ kind: 'socket', path: join(directory, 'sock') });
  return client;
}

describe('the API version', () => {
  it.each([
    ['1.41', 'v1.41'],
    ['1.48', 'v1.48'],
    ['1.99', 'v1.56'],
  ])('of an engine that offers %s is %s', async (offered, taken) => {
    expect((await connect(offered)).api).toBe(taken);
    expect(seen).toEqual(['GET /_ping']);
  });

  it('is asked of /version when a proxy hides the header', async () => {
    answer = (request, response) =>
      request.url === '/_ping' ? ping(undefined)(request, response) : json({ ApiVersion: '1.44' })(request, response);
    client = await connectEngine({ kind: 'socket', path: join(directory, 'sock') });
    expect(client.api).toBe('v1.44');
  });

  it('of an engine that is too old is refused in words', async () => {
    await expect(connect('1.24')).rejects.toThrow(/Docker 20\.10/);
    await expect(connect('nonsense')).rejects.toThrow(/cannot be read/);
  });
});

describe('requests', () => {
  it('are GETs of the version agreed on', async () => {
    const engine = await connect();
    answer = json({ Id: 'x' });
    await engine.inspectContainer('abc');
    await engine.inspectExec('abc');
    await engine.inspectVolume('a/../b');
    await engine.stats('abc');
    expect(seen.slice(1)).toEqual([
      'GET /v1.41/containers/abc/json',
      'GET /v1.41/exec/abc/json',
      'GET /v1.41/volumes/a%2F..%2Fb',
      'GET /v1.41/containers/abc/stats?stream=false&one-shot=true',
    ]);
  });

  it('list all containers, leaving out what is none', async () => {
    const engine = await connect();
    answer = json([{ Id: 'a' }, { Names: [] }, null]);
    expect(await engine.listContainers()).toEqual([{ Id: 'a' }]);
    expect(seen.at(-1)).toBe('GET /v1.41/containers/json?all=true');
  });

  it('list images and changes, leaving out what is none; an engine says null for no changes', async () => {
    const engine = await connect();
    answer = json([
      { Id: 'a', RepoTags: null },
      { Id: 'b', RepoTags: ['x:1'], RepoDigests: [] },
      { Id: 'c', RepoTags: 'x' },
      7,
    ]);
    expect((await engine.listImages())?.map(({ Id }) => Id)).toEqual(['a', 'b']);
    answer = json([{ Path: '/a', Kind: 1 }, { Path: 'a', Kind: 1 }, { Path: '/b' }, null]);
    expect(await engine.changes('abc')).toEqual([{ Path: '/a', Kind: 1 }]);
    answer = json(null);
    expect(await engine.changes('abc')).toEqual([]);
    await expect(engine.inspectContainer('abc')).rejects.toThrow(/not a JSON object/);
    answer = json({});
    await expect(engine.listImages()).rejects.toThrow(/not a JSON array/);
    await expect(engine.changes('abc')).rejects.toThrow(/not a JSON array/);
    answer = (_, response) => void response.writeHead(404).end();
    expect(await engine.listImages()).toBeUndefined();
    expect(await engine.changes('abc')).toBeUndefined();
  });

  it('give undefined for what is not there', async () => {
    const engine = await connect();
    answer = json({ message: 'no such container' }, 404);
    expect(await engine.inspectContainer('abc')).toBeUndefined();
  });

  it('about nothing are not made: an engine would redirect them', async () => {
    const { inspectImage } = await connect();
    seen = [];
    answer = (_, response) => void response.writeHead(301, { location: '/v1.41/images/json' }).end();
    expect(await inspectImage('')).toBeUndefined();
    expect(seen).toEqual([]);
  });

  it('that are held back are remembered until one gets through', async () => {
    const engine = await connect();
    answer = json({ message: 'forbidden' }, 403);
    await expect(engine.inspectExec('abc')).rejects.toThrow(UnavailableError);
    expect(engine.refused()).toEqual(['exec inspect']);
    answer = json({ ID: 'abc' });
    await engine.inspectExec('abc');
    expect(engine.refused()).toEqual([]);
  });

  it('name the place of an answer that cannot be read', async () => {
    const engine = await connect();
    answer = (_, response) => void response.end('<html>');
    await expect(engine.inspectContainer('abc')).rejects.toThrow(/not JSON/);
    await expect(engine.inspectContainer('abc')).rejects.toMatchObject({
      place: 'engine answer to GET /containers/abc/json',
    });
    answer = json('a text');
    await expect(engine.inspectContainer('abc')).rejects.toThrow(MalformedError);
    answer = json({});
    await expect(engine.listContainers()).rejects.toThrow(MalformedError);
  });

  it('give up an answer without end', async () => {
    const engine = await connect();
    answer = (_, response) => {
      const piece = Buffer.alloc(1024 * 1024, 32);
      const more = (): void => {
        while (!response.destroyed && response.write(piece));
      };
      response.on('drain', more);
      more();
    };
    await expect(engine.inspectContainer('abc')).rejects.toThrow(/longer than/);
  });

  it('on a kept connection that is closed as they go out are made once more, on a connection of their own', async () => {
    const engine = await connect();
    answer = json({ Id: 'x' });
    await engine.inspectContainer('abc');
    const fresh = new Set<object>();
    server.on('connection', (socket) => fresh.add(socket));
    answer = (request, response) => {
      if (fresh.has(request.socket)) json({ ID: 'the exec' })(request, response);
      else request.socket.destroy();
    };
    seen = [];
    expect(await engine.inspectExec('abc')).toEqual({ ID: 'the exec' });
    expect(seen).toEqual(['GET /v1.41/exec/abc/json', 'GET /v1.41/exec/abc/json']);
  });

  it('that fail are UnavailableError with the request in it', async () => {
    const engine = await connect();
    answer = (request) => void request.socket.destroy();
    await expect(engine.inspectContainer('abc')).rejects.toThrow(/^GET \/containers\/abc\/json: /);
    await expect(connectEngine({ kind: 'socket', path: join(directory, 'nobody') })).rejects.toThrow(/ENOENT/);
  });
});

describe('the event stream', () => {
  it('begins since the cursor, gives what comes, ends with the signal', async () => {
    const engine = await connect();
    answer = (_, response) => void response.writeHead(200).write('one\ntwo\n');
    const stop = new AbortController();
    const stream = await engine.events('12.000000003', stop.signal);
    expect(seen.at(-1)).toBe('GET /v1.41/events?since=12.000000003');
    const chunks = stream[Symbol.asyncIterator]();
    expect(String((await chunks.next()).value)).toBe('one\ntwo\n');
    stop.abort();
    await expect(chunks.next()).rejects.toThrow();
  });
});
