import { createServer, type Server } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createWebhookSink } from '../../../../alerting/sinks/webhook.ts';
import { update } from '../updates.ts';

/** Takes connections and says nothing. */
let server: Server;
let port = 0;
beforeEach(async () => {
  server = createServer((socket) => void socket.resume().on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterEach(() => void server.close());

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

it('a webhook gives up in time, whatever is collected meanwhile', async () => {
  const url = `http://127.0.0.1:${port}/`;
  const sink = createWebhookSink({ name: 'siem', url, timeoutMs: 300, clock: Date.now });
  const sending = sink.send(update(1), new AbortController().signal);
  const collecting = new AbortController();
  const collect = async (): Promise<void> => {
    while (!collecting.signal.aborted) {
      collectGarbage();
      await wait(20);
    }
  };
  const collected = collect();
  const delivery = await Promise.race([sending, wait(3_000)]);
  collecting.abort();
  await collected;
  expect(delivery).toMatchObject({ kind: 'retry', reason: expect.stringContaining('within 300 ms') as unknown });
  await sink.close?.();
});
