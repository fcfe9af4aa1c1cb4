import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSink } from '../../../../alerting/sinks/index.ts';
import type { Delivery, Sink } from '../../../../alerting/sinks/sink.ts';
import { configSchema } from '../../../../shared/config/schema.ts';
import { startBulkReceiver } from '../../../support/bulk-receiver.ts';
import { makeCertificates } from '../../../support/certificates.ts';
import { collectorToken, startSplunkCollector } from '../../../support/splunk-collector.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';
import { update } from '../updates.ts';

const directory = temporaryDirectory('siem-tls');
const pem = (name: string): string => join(directory, name);
const { signal } = new AbortController();

interface Receiver {
  answer(request: { path: string; headers: IncomingHttpHeaders; body: string }): { status: number; body: string };
  readonly stub: { goAway(): Promise<void> };
}

beforeAll(async () => {
  await makeCertificates(directory, { server: 'server', names: 'IP:127.0.0.1' });
  writeFileSync(pem('token'), collectorToken);
});

/** The receiver behind TLS that wants a certificate of who speaks to it. */
async function secured(receiver: Receiver): Promise<Server> {
  const own = { cert: readFileSync(pem('server.pem')), key: readFileSync(pem('server.key')) };
  const theirs = { ca: readFileSync(pem('ca.pem')), requestCert: true, rejectUnauthorized: true };
  const server = createServer({ ...own, ...theirs }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { url = '', headers } = incoming;
      const { status, body } = receiver.answer({ path: url, headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status).end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const kinds = [
  ['elasticsearch', startBulkReceiver, {}],
  ['splunk', startSplunkCollector, { tokenFile: pem('token') }],
] as const;

describe.each(kinds)('%s over TLS', (type, start, more) => {
  let receiver: Receiver;
  let server: Server;
  beforeAll(async () => {
    receiver = await start();
    server = await secured(receiver);
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await receiver.stub.goAway();
  });
  const sinkWith = (files: object): Sink => {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const config = configSchema.parse({ sinks: { siem: { type, url, ...more, ...files } } }).sinks.siem;
    if (config === undefined) throw new Error('one was configured');
    return createSink('siem', config, { clock: Date.now, version: '1' });
  };
  const send = async (files: object): Promise<Delivery | undefined> => {
    const sink = sinkWith(files);
    await sink.send(update(1), signal);
    const delivery = await sink.flush?.(signal);
    await sink.close?.();
    return delivery;
  };
  const ours = { cert: pem('client.pem'), key: pem('client.key') };

  it('speaks to the receiver that ca signed, with a certificate of its own', async () => {
    expect(await send({ ca: pem('ca.pem'), ...ours })).toEqual({ kind: 'delivered' });
  });

  it.each<[string, { readonly ca?: string; readonly cert?: string; readonly key?: string }]>([
    ['without a certificate of its own', { ca: pem('ca.pem') }],
    ['to a receiver that another authority signed', { ca: pem('stranger.pem'), ...ours }],
    ['to a receiver that nobody signed whom it knows', ours],
  ])('says nothing %s', async (_, files) => {
    expect(await send(files)).toMatchObject({ kind: 'retry' });
  });
});
