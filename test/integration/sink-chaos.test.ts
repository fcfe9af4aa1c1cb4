import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSyslogSink } from '../../alerting/sinks/syslog.ts';
import { createWebhookSink } from '../../alerting/sinks/webhook.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { startTcpReceiver } from '../support/syslog-receiver.ts';
import { parse5424 } from '../unit/alerting/formats/rfc5424.ts';

describeSinkChaos('webhook', async () => {
  const taken: string[] = [];
  let status = 204;
  const server = createServer((request, response) => {
    request.on('data', () => undefined);
    request.on('end', () => {
      if (status < 300) taken.push(String(request.headers['idempotency-key']));
      response.writeHead(status).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const link = await startSlowLink((server.address() as AddressInfo).port);
  const afresh = () =>
    createWebhookSink({ name: 'hook', url: `http://127.0.0.1:${link.port}/`, timeoutMs: 1_000, clock: Date.now });
  return {
    sink: afresh(),
    afresh,
    received: async () => taken,
    goAway: link.down,
    comeBack: async () => {
      status = 204;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      status = 422;
    },
    secrets: [],
    close: async () => {
      await link.close();
      server.closeAllConnections();
      server.close();
    },
  };
});

describeSinkChaos(
  'syslog',
  async () => {
    const receiver = await startTcpReceiver();
    const link = await startSlowLink(receiver.port);
    const afresh = () =>
      createSyslogSink({
        name: 'siem',
        url: `tcp://127.0.0.1:${link.port}`,
        timeoutMs: 1_000,
        facility: 'local0',
        enterpriseNumber: 32_473,
        version: '1',
      });
    return {
      sink: afresh(),
      afresh,
      received: async () => receiver.messages.map((text) => parse5424(text).data['incident@32473']?.update ?? ''),
      goAway: link.down,
      comeBack: link.mend,
      slow: async () => link.trickle(),
      repeats: receiver.connections,
      secrets: [],
      close: async () => {
        await link.close();
        await receiver.goAway();
      },
    };
  },
  { without: ['refusing'] },
);
