import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createElasticsearchSink } from '../../alerting/sinks/elasticsearch.ts';
import { createSplunkSink } from '../../alerting/sinks/splunk.ts';
import { createSyslogSink } from '../../alerting/sinks/syslog.ts';
import { createWebhookSink } from '../../alerting/sinks/webhook.ts';
import { startBulkReceiver } from '../support/bulk-receiver.ts';
import { describeSinkChaos } from '../support/sink-chaos.ts';
import { startSlowLink } from '../support/slow-link.ts';
import { collectorToken, said, startSplunkCollector } from '../support/splunk-collector.ts';
import { startTcpReceiver } from '../support/syslog-receiver.ts';
import { temporaryDirectory } from '../support/temporary.ts';
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
        // Nothing here waits for it: who is away says so at once. A short one would end good connections on a machine that has no time.
        timeoutMs: 5_000,
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
  { without: ['refusing'], blindIn: ['slow'] },
);

describeSinkChaos('elasticsearch', async () => {
  const receiver = await startBulkReceiver();
  const link = await startSlowLink(Number(new URL(receiver.stub.url).port));
  const afresh = () =>
    createElasticsearchSink({
      name: 'elastic',
      url: `http://127.0.0.1:${link.port}/`,
      dataStream: 'logs-moorwatch.incidents-default',
      timeoutMs: 1_000,
      version: '1',
      clock: Date.now,
    });
  return {
    sink: afresh(),
    afresh,
    received: async () => receiver.ids,
    goAway: link.down,
    comeBack: async () => {
      receiver.fault = undefined;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      receiver.fault = () => ({ status: 400, type: 'document_parsing_exception', reason: 'it does not fit' });
    },
    secrets: [],
    close: async () => {
      await link.close();
      await receiver.stub.goAway();
    },
  };
});

const secrets = temporaryDirectory('splunk');

describeSinkChaos('splunk', async () => {
  const collector = await startSplunkCollector();
  const link = await startSlowLink(Number(new URL(collector.stub.url).port));
  const tokenFile = join(secrets, 'token');
  await writeFile(tokenFile, collectorToken);
  const afresh = () =>
    createSplunkSink({
      name: 'splunk',
      url: `http://127.0.0.1:${link.port}/`,
      tokenFile,
      source: 'moorwatch',
      sourcetype: 'moorwatch:incident',
      acknowledge: true,
      acknowledgeTimeoutMs: 2_000,
      timeoutMs: 1_000,
      clock: Date.now,
    });
  return {
    sink: afresh(),
    afresh,
    received: async () => collector.events.map(({ event }) => (event as { id: string }).id),
    goAway: link.down,
    comeBack: async () => {
      collector.stub.answer = collector.answer;
      await link.mend();
    },
    slow: async () => link.trickle(),
    refuse: async () => {
      collector.stub.answer = (request) =>
        request.path.endsWith('/event') ? said(400, 6, 'Invalid data format') : collector.answer(request);
    },
    secrets: [],
    close: async () => {
      await link.close();
      await collector.stub.goAway();
    },
  };
});
