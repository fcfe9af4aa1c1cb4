import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSigner } from '../../../../alerting/sinks/signature.ts';
import { createWebhookSink } from '../../../../alerting/sinks/webhook.ts';
import { update } from '../updates.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-signature-'));
const fileWith = (text: string): string => {
  const path = join(directory, 'keys');
  writeFileSync(path, text);
  return path;
};
const first = 'whsec_bW9vcndhdGNoIHRlc3Qga2V5IHdpdGggMzIgYnl0ZXM=';
const second = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
const signal = new AbortController().signal;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Verify {
  verify(request: Received & { readonly secret: string; readonly now?: number }): boolean;
}

let server: Server;
let url: string;
let received: Received[] = [];
let verify: Verify['verify'];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(received.length === 1 ? 503 : 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const page = readFileSync(join(import.meta.dirname, '../../../../docs/siem/webhook.md'), 'utf8');
  const code = join(directory, 'verify.mjs');
  writeFileSync(code, /^```js\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '');
  ({ verify } = (await import(pathToFileURL(code).href)) as Verify);
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(directory, { recursive: true });
});

describe('a signed webhook', () => {
  it('is verified by the code of the page: right key, right time, nothing changed', async () => {
    received = [];
    let now = 1_767_323_045_678;
    const secretFile = fileWith(`# old\n${first}\n\n# new\r\n${second}\n`);
    const sink = createWebhookSink({ name: 'hook', url, secretFile, timeoutMs: 5_000, clock: () => now });
    const nasty = update(1, { title: 'é🐳\n"\u2028' });
    expect(await sink.send(nasty, signal)).toMatchObject({ kind: 'retry' });
    now += 3_600_000;
    expect(await sink.send(nasty, signal)).toEqual({ kind: 'delivered' });
    await sink.close?.();

    const [early, late] = received;
    if (early === undefined || late === undefined) throw new Error('two requests were expected');
    expect(late.headers).toMatchObject({ 'webhook-id': nasty.id, 'idempotency-key': nasty.id });
    for (const secret of [first, second]) expect(verify({ ...late, secret, now })).toBe(true);
    expect(verify({ ...early, secret: first, now })).toBe(false);
    expect(verify({ ...early, secret: first, now: now - 3_600_000 })).toBe(true);
    expect(verify({ ...late, secret: first, now: now - 301_000 })).toBe(false);
    expect(verify({ ...late, secret: `whsec_${Buffer.alloc(24, 8).toString('base64')}`, now })).toBe(false);
    expect(verify({ ...late, body: late.body.replace('high', 'low'), secret: first, now })).toBe(false);
    const forged = { ...late.headers, 'webhook-id': 'update-2-1' };
    expect(verify({ ...late, headers: forged, secret: first, now })).toBe(false);
  });

  it('has no signature without a key', async () => {
    received = [{ headers: {}, body: '' }];
    const sink = createWebhookSink({ name: 'hook', url, timeoutMs: 5_000, clock: Date.now });
    expect(await sink.send(update(1), signal)).toEqual({ kind: 'delivered' });
    await sink.close?.();
    expect(received[1]?.headers).not.toHaveProperty('webhook-signature');
  });

  it('is what the library of Standard Webhooks makes of it', () => {
    // standardwebhooks 1.1.1 for Node.js: new Webhook(first).sign('msg_1', new Date(1767323045678), '{"title":"é🐳"}')
    const signed = readSigner(fileWith(first)).headers({ id: 'msg_1', at: 1_767_323_045_678, body: '{"title":"é🐳"}' });
    expect(signed).toEqual({
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1767323045',
      'webhook-signature': 'v1,Up+h7/Vwh0ChKdQasnP2s8aW6PyIQkxohkqeZe368yI=',
    });
  });

  it.each([
    ['nothing', '# none\n', 'keys: no signing key'],
    ['no prefix', `${first}\n${first.slice(6)}\n`, 'keys:2: not a signing key'],
    ['a short key', `whsec_${Buffer.alloc(23).toString('base64')}\n`, 'keys:1: not a signing key'],
    ['a long key', `whsec_${Buffer.alloc(65).toString('base64')}\n`, 'keys:1: not a signing key'],
    ['no base64', 'whsec_s3cret-s3cret-s3cret-s3cret-s3cret\n', 'keys:1: not a signing key'],
  ])('a file with %s is told by its place, not by its content', (_, text, message) => {
    const reading = () => readSigner(fileWith(text));
    expect(reading).toThrow(message);
    expect(reading).not.toThrow('s3cret');
  });
});
