import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWebhookSink } from '../../../../alerting/sinks/webhook.ts';
import { UserError } from '../../../../shared/errors.ts';
import type { IncidentUpdate } from '../../../../shared/incident.ts';
import { describeSinkCompliance } from '../../../support/sink-compliance.ts';
import { hostileUpdate } from '../formats/hostile.ts';
import { update } from '../updates.ts';

interface Receiver {
  readonly url: string;
  readonly requests: {
    readonly headers: IncomingHttpHeaders;
    readonly body: IncidentUpdate;
    readonly status: number;
  }[];
  /** What it answers next; undefined: nothing at all. */
  answer: { readonly status: number; readonly headers?: Record<string, string> } | undefined;
  readonly server: Server;
  connections: number;
  close(): Promise<void>;
}

async function startReceiver(): Promise<Receiver> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { answer } = receiver;
      if (answer === undefined) return;
      const body = JSON.parse(Buffer.concat(chunks).toString()) as IncidentUpdate;
      receiver.requests.push({ headers: request.headers, body, status: answer.status });
      response.writeHead(answer.status, answer.headers).end('thanks');
    });
  });
  server.on('connection', () => {
    receiver.connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/s3cret-path?key=s3cret-key`,
    requests: [],
    answer: { status: 204 },
    server,
    connections: 0,
    close: async () => {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-webhook-'));
const headersFile = join(directory, 'headers');
writeFileSync(headersFile, '# for the receiver\nAuthorization: Bearer s3cret-token\nX-Team:  sea \n');

const sinkTo = (receiver: Receiver, more: { timeoutMs?: number; clock?: () => number } = {}) =>
  createWebhookSink({ name: 'hook', url: receiver.url, headersFile, timeoutMs: 5_000, clock: Date.now, ...more });

describe('the webhook sink', () => {
  describeSinkCompliance(async () => {
    const receiver = await startReceiver();
    const { port } = receiver.server.address() as AddressInfo;
    const set = (status: number | undefined) => async () => {
      receiver.answer = status === undefined ? undefined : { status };
    };
    return {
      sink: sinkTo(receiver),
      received: async () => receiver.requests.filter(({ status }) => status < 300).map(({ body }) => body.id),
      goAway: receiver.close,
      comeBack: async () => {
        receiver.answer = { status: 204 };
        if (receiver.server.listening) return;
        receiver.server.listen(port, '127.0.0.1');
        await once(receiver.server, 'listening');
      },
      refuse: set(422),
      hang: set(undefined),
      secrets: ['s3cret-path', 's3cret-key', 's3cret-token'],
      close: receiver.close,
    };
  });

  let receiver: Receiver;
  const signal = new AbortController().signal;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(() => receiver.close());

  it('posts JSON with the idempotency key and the headers of the file, on one connection', async () => {
    const sink = sinkTo(receiver);
    for (let n = 0; n < 3; n += 1) await sink.send(update(n), signal);
    await sink.close?.();
    expect(receiver.connections).toBe(1);
    expect(receiver.requests[0]).toMatchObject({
      headers: {
        'content-type': 'application/json',
        'idempotency-key': update(0).id,
        authorization: 'Bearer s3cret-token',
        'x-team': 'sea',
      },
      body: update(0),
    });
  });

  it('adds no header and no body of an attacker, whatever things are called', async () => {
    const sink = sinkTo(receiver);
    const usual = ['content-length', 'content-type', 'idempotency-key', 'user-agent', 'authorization', 'x-team'];
    await fc.assert(
      fc.asyncProperty(hostileUpdate, async (told) => {
        receiver.requests.length = 0;
        expect(await sink.send(told, signal)).toEqual({ kind: 'delivered' });
        const [request, ...rest] = receiver.requests;
        expect(rest).toEqual([]);
        expect(Object.keys(request?.headers ?? {}).sort()).toEqual([...usual, 'connection', 'host'].sort());
        expect(request?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{1,256}$/);
        expect(request?.body).toEqual(JSON.parse(JSON.stringify(told)));
      }),
      { numRuns: 100 },
    );
    await sink.close?.();
  });

  it.each([
    [200, 'delivered'],
    [202, 'delivered'],
    [301, 'refused'],
    [307, 'refused'],
    [400, 'refused'],
    [401, 'retry'],
    [403, 'retry'],
    [404, 'retry'],
    [407, 'retry'],
    [408, 'retry'],
    [410, 'refused'],
    [413, 'refused'],
    [422, 'refused'],
    [429, 'retry'],
    [500, 'retry'],
    [503, 'retry'],
  ])('judges %i as %s', async (status, kind) => {
    receiver.answer = { status, headers: { location: receiver.url } };
    const sink = sinkTo(receiver);
    expect((await sink.send(update(1), signal)).kind).toBe(kind);
    expect(receiver.requests).toHaveLength(1);
    await sink.close?.();
  });

  it.each([
    [401, 'check the credentials in headersFile'],
    [403, 'check the credentials in headersFile'],
    [404, 'check url'],
    [407, 'a proxy'],
  ])('says what to do when the receiver answers %i', async (status, fix) => {
    receiver.answer = { status };
    const sink = sinkTo(receiver);
    const reason = expect.stringContaining(fix) as string;
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'retry', reason });
    await sink.close?.();
  });

  it('waits as long as the receiver asks, by seconds or by date', async () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const sink = sinkTo(receiver, { clock: () => now });
    receiver.answer = { status: 429, headers: { 'retry-after': '7' } };
    expect(await sink.send(update(1), signal)).toMatchObject({ kind: 'retry', afterMs: 7_000 });
    receiver.answer = { status: 503, headers: { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' } };
    expect(await sink.send(update(1), signal)).toMatchObject({ kind: 'retry', afterMs: 60_000 });
    await sink.close?.();
  });

  it.each(['0', '-5', 'Thu, 01 Jan 1970 00:00:00 GMT', 'soon'])(
    'waits as it likes when the receiver asks for %s',
    async (asked) => {
      receiver.answer = { status: 503, headers: { 'retry-after': asked } };
      const sink = sinkTo(receiver);
      expect(await sink.send(update(1), signal)).toEqual({ kind: 'retry', reason: 'the receiver answered 503' });
      await sink.close?.();
    },
  );

  it.each([
    ['http', { ca: '/dev/null' }, 'not encrypted'],
    ['https', { cert: '/dev/null' }, 'cert is set alone'],
    ['https', { key: '/dev/null' }, 'key is set alone'],
  ])('does not begin over %s with %o', (scheme, files, what) => {
    const make = () =>
      createWebhookSink({ name: 'hook', url: `${scheme}://x.example/`, timeoutMs: 1, clock: Date.now, ...files });
    expect(make).toThrow(what);
  });

  it.each(['a\nx-forged: b', '', '€', '\ud800', 'x'.repeat(20_000)])(
    'is not held up by an id that no header holds: %j',
    async (id) => {
      const sink = sinkTo(receiver);
      expect(await sink.send({ ...update(1), id }, signal)).toEqual({ kind: 'delivered' });
      const headers = receiver.requests[0]?.headers ?? {};
      expect(headers['idempotency-key']).toMatch(/^[0-9a-f]{32,64}$/);
      expect(headers).not.toHaveProperty('x-forged');
      await sink.close?.();
    },
  );

  it('does not wait for ever', async () => {
    receiver.answer = undefined;
    const sink = sinkTo(receiver, { timeoutMs: 50 });
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'retry', reason: 'no answer within 50 ms' });
    await sink.close?.();
  });

  it('names the line of a header file that is none, not its content', () => {
    const bad = join(directory, 'bad');
    writeFileSync(bad, 'Authorization: x\ns3cret without colon\n');
    const make = () =>
      createWebhookSink({ name: 'hook', url: receiver.url, headersFile: bad, timeoutMs: 1, clock: Date.now });
    expect(make).toThrow(UserError);
    expect(make).toThrow(`${bad}:2: not a header`);
    rmSync(bad);
  });
});
