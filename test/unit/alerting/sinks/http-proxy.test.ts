import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHttpReceiver, type HttpOptions, type HttpReceiver } from '../../../../alerting/sinks/http.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { type ConnectProxy, startConnectProxy } from '../../../support/connect-proxy.ts';

const directory = mkdtempSync(join(tmpdir(), 'moorwatch-proxy-'));
const pem = (name: string) => join(directory, name);
const proxyCredentialsFile = join(directory, 'credentials');
beforeAll(async () => {
  writeFileSync(proxyCredentialsFile, 'watch:s3cret-word\n');
  await makeCertificates(directory, { server: 'siem', names: 'IP:127.0.0.1' });
});
afterAll(() => rmSync(directory, { recursive: true }));

const listening = async (server: Server): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
};
const signal = new AbortController().signal;

describe('a receiver behind a proxy', () => {
  let proxy: ConnectProxy;
  let server: Server;
  let secure: Server;
  let made: HttpReceiver[] = [];
  const requests: string[] = [];
  beforeEach(async () => {
    proxy = await startConnectProxy();
    requests.length = 0;
    const take: Parameters<typeof createServer>[1] = ({ url, headers }, response) => {
      requests.push(`${url ?? ''} ${headers['proxy-authorization'] ?? '-'}`);
      response.writeHead(204).end();
    };
    server = createServer(take);
    secure = createSecureServer(
      {
        cert: readFileSync(pem('siem.pem')),
        key: readFileSync(pem('siem.key')),
        ca: readFileSync(pem('ca.pem')),
        requestCert: true,
      },
      take,
    );
  });
  afterEach(async () => {
    for (const receiver of made) receiver.close();
    made = [];
    server.closeAllConnections();
    server.close();
    secure.close();
    await proxy.close();
  });

  const receiverAt = (url: string, more: Partial<HttpOptions> = {}): HttpReceiver => {
    const receiver = createHttpReceiver({ url, timeoutMs: 5_000, proxy: proxy.url, ...more }, []);
    made.push(receiver);
    return receiver;
  };
  const post = (receiver: HttpReceiver) => receiver.exchange({ headers: {}, body: '{}' }, signal);
  const failureOf = async (receiver: HttpReceiver) => {
    try {
      return await post(receiver);
    } catch (error) {
      return receiver.failed(error, signal);
    }
  };

  it('is reached through one tunnel, and does not see the credentials of the proxy', async () => {
    const port = await listening(server);
    const receiver = receiverAt(`http://127.0.0.1:${port}/in`, { proxyCredentialsFile });
    for (let n = 0; n < 3; n += 1) expect((await post(receiver)).status).toBe(204);
    const basic = Buffer.from('watch:s3cret-word').toString('base64');
    expect(proxy.tunnels).toEqual([`127.0.0.1:${port} Basic ${basic}`]);
    expect(requests).toEqual(['/in -', '/in -', '/in -']);
  });

  it('is known by its own certificate and told ours, through the tunnel', async () => {
    const url = `https://127.0.0.1:${await listening(secure)}/in`;
    const ours = { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key') };
    expect((await post(receiverAt(url, ours))).status).toBe(204);
    const stranger = await failureOf(receiverAt(url, { ...ours, ca: pem('stranger.pem') }));
    expect(stranger).toMatchObject({ kind: 'retry', reason: expect.stringContaining('certificate') as string });
  });

  it.each([
    [400, 'the proxy answered 400'],
    [403, 'the proxy answered 403: it may not allow CONNECT to the host and port of url'],
    [407, 'the proxy answered 407: check proxyCredentialsFile'],
    [502, 'the proxy answered 502'],
  ])('has its message kept when the proxy answers %i: the receiver did not say that', async (status, reason) => {
    const url = `http://127.0.0.1:${await listening(server)}/`;
    proxy.answer = status;
    const receiver = receiverAt(url);
    expect(await failureOf(receiver)).toEqual({ kind: 'retry', reason });
    proxy.answer = 200;
    expect((await post(receiver)).status).toBe(204);
    expect(requests).toHaveLength(1);
  });

  it('does not wait for ever for a proxy that says nothing, and leaves no connection behind', async () => {
    const url = `http://127.0.0.1:${await listening(server)}/`;
    proxy.answer = undefined;
    const receiver = receiverAt(url, { timeoutMs: 100 });
    for (let n = 0; n < 3; n += 1)
      expect(await failureOf(receiver)).toEqual({ kind: 'retry', reason: 'no answer within 100 ms' });
    await expect.poll(() => proxy.open()).toBe(0);
  });

  it('repeats no credentials of the proxy', () => {
    const receiver = receiverAt('http://127.0.0.1:1/', { proxyCredentialsFile });
    const basic = Buffer.from('watch:s3cret-word').toString('base64');
    expect(receiver.redact(`${basic} watch:s3cret-word s3cret-word`)).toBe('[redacted] [redacted] [redacted]');
  });

  it('takes credentials from a file alone', () => {
    const config = (proxy: string) => ({ sinks: { a: { type: 'webhook', url: 'https://h/', proxy } } });
    expect(configSchema.safeParse(config('http://proxy:3128')).success).toBe(true);
    for (const bad of ['http://me:pw@proxy:3128', 'https://proxy:3128', 'socks5://proxy:1080', 'http://proxy/path'])
      expect(configSchema.safeParse(config(bad)).success, bad).toBe(false);
    const bad = join(directory, 'bad');
    writeFileSync(bad, 's3cret without colon');
    expect(() => receiverAt('http://h/', { proxyCredentialsFile: bad })).toThrow(
      `${bad} does not hold the credentials of a proxy`,
    );
    expect(() => receiverAt('http://h/', { proxy: undefined, proxyCredentialsFile })).toThrow('no proxy');
  });
});
